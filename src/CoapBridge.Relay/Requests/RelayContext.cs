using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>What the kinds of requests of one shard share: the settings, how the broker stands, what is open, and the outputs.</summary>
internal sealed class RelayContext(RelaySettings settings, int shard, IEntropy entropy)
{
    private ulong _lastObserver;

    public RelaySettings Settings { get; set; } = settings;

    /// <summary>The number of the shard, and its name as an owner of subscriptions.</summary>
    public int Shard => shard;

    public IEntropy Entropy => entropy;

    public UpstreamStatus Upstream { get; set; }

    public bool IsDraining { get; set; }

    /// <summary>Null until it was told.</summary>
    public TimeOfDay? TimeOfDay { get; set; }

    public OpenRequests Open { get; } = new();

    public Queue<Publish> Publishes { get; } = new();

    public Queue<KeptMessage> Kept { get; } = new();

    public Queue<RelayAnswer> Answers { get; } = new();

    public Queue<RelayNotification> Notifications { get; } = new();

    public Queue<DeskMessage> Desk { get; } = new();

    public Queue<TurnRequest> Turns { get; } = new();

    public Queue<DeviceRequest> DeviceRequests { get; } = new();

    public Queue<SubscriptionChange> Subscriptions { get; } = new();

    public RelayCounters Counters { get; } = new();

    /// <summary>A name for somebody who is told commands; never used twice.</summary>
    public ulong NextObserver() => ++_lastObserver;

    /// <summary>What the access policy says now, from where the device is.</summary>
    public bool Permits(Instant now, RelayClient client, PolicyAction action, string topic) =>
        Settings.Policy.Decide(new PolicyRequest(client.Device!, action, topic) { Address = client.Address, Time = TimeOfDay?.At(now) }).IsAllowed;

    public bool Permits(in RelayRequest request, PolicyAction action, string topic) => Permits(request.Now, request.Client, action, topic);

    /// <summary>Whether a request may be opened: not while draining, with the broker away, or with too many open.</summary>
    public bool TryAdmit(Instant now, RelayClient client, out Answer refusal)
    {
        // DESIGN D-12: never accept and drop.
        refusal = IsDraining ? ReceiptToAnswer.Draining
            : Upstream.State != UpstreamState.Connected ? ReceiptToAnswer.WhileAway(Upstream, now)
            : !Open.HasRoomFor(client) ? ReceiptToAnswer.TooManyOpen
            : default;
        return refusal == default;
    }

    /// <summary>Whether a request may be opened that the broker has nothing to do with.</summary>
    public bool TryOpen(RelayClient client, out Answer refusal)
    {
        refusal = IsDraining ? ReceiptToAnswer.Draining : !Open.HasRoomFor(client) ? ReceiptToAnswer.TooManyOpen : default;
        return refusal == default;
    }

    /// <summary>Opens a request that must be answered within AckTimeout.</summary>
    public ulong Begin(in RelayRequest request, object? detail = null) =>
        Open.Begin(new OpenRequest(request.Client, request.Exchange, request.WantsTime, detail), request.Now + Settings.AckTimeout);

    public void Publish(ulong ticket, ApplicationMessage message) => Publishes.Enqueue(new Publish(shard, ticket, message));

    /// <summary>Gives a message to the outbox, which answers for it.</summary>
    public void Keep(ulong ticket, string device, ApplicationMessage message) => Kept.Enqueue(new KeptMessage(shard, ticket, device, message));

    public void Answer(in RelayRequest request, in Answer answer) =>
        Answers.Enqueue(new RelayAnswer(request.Client, request.Exchange, Timed(request.Now, answer, request.WantsTime)));

    public void Answer(Instant now, in OpenRequest open, in Answer answer) =>
        Answers.Enqueue(new RelayAnswer(open.Client, open.Exchange, Timed(now, answer, open.WantsTime)));

    private Answer Timed(Instant now, in Answer answer, bool wantsTime) =>
        wantsTime && TimeOfDay is { } clock ? answer with { ServerTime = clock.At(now).ToUnixTimeMilliseconds() } : answer;
}
