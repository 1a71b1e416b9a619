using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Reload;
using CoapBridge.Shards;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Upstream.Amqp;

/// <summary>
/// The owner of the way to an AMQP broker: one task owns the <see cref="AmqpLink"/> and the connection. Connecting, writing and
/// binding go on beside it, each at most once at a time, and only leave their results; what RabbitMQ.Client calls back comes by the inbox.
/// </summary>
internal sealed partial class AmqpDriver : IUpstream
{
    /// <summary>Messages that are written, and bindings that are made, in one go.</summary>
    private const int BatchSize = 64;

    private readonly AmqpLink _link;
    private readonly AmqpOptions _options;
    private readonly AmqpEventLog _events;
    private readonly UpstreamTask _task;
    private readonly BrokersInForce _brokers;
    private readonly Inbox<AmqpEvent> _inbox;
    private UpstreamMail? _mail;
    private AmqpConnection? _connection;
    private Task<bool>? _writing;
    private Task _closing = Task.CompletedTask;
    private (IReadOnlyList<BindingChange> Changes, Task<IReadOnlyList<BindingOutcome>> Task)? _binding;

    public AmqpDriver(AmqpLink link, BrokerChoice brokers, AmqpOptions options, AmqpEventLog events, LoopPulse pulse)
    {
        _link = link;
        _options = options;
        _events = events;
        _task = new UpstreamTask(TurnAsync, pulse);
        _brokers = new BrokersInForce(link, brokers, _task);
        _inbox = new Inbox<AmqpEvent>(int.MaxValue, _task.Wake); // bounded by the window, the prefetch, and the connection for answers to calls
        Inbox = new UpstreamInbox(_task.Wake);
    }

    public UpstreamInbox Inbox { get; }

    public Task Running => _task.Running;

    public long DroppedDeliveries => _link.DroppedDeliveries;

    public void Start(ShardGroup shards)
    {
        _mail = new UpstreamMail(_link, shards, _events.Broker);
        _task.Start(exception => shards.OnFault(exception, "broker", null));
    }

    public void Renew(LoadedFiles files) => _brokers.Renew(files);

    public async Task DrainAsync(TimeSpan limit)
    {
        await _task.DrainAsync(limit).ConfigureAwait(false);
        await Task.WhenAny(_closing, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _task.DisposeAsync().ConfigureAwait(false);
        Close(inOrder: false);
    }

    private async ValueTask<Instant?> TurnAsync(Instant now)
    {
        await FinishConnectAsync(now).ConfigureAwait(false);
        TakeEvents(now);
        await FinishWorkAsync(now).ConfigureAwait(false);
        TakeInbox(now);
        _link.HandleTimeout(now);
        if (_task.TryTakeDrain(out var limit))
        {
            _link.BeginDrain(now, limit);
        }

        if (_connecting is null)
        {
            _brokers.BeginRenewal(now);
        }

        await _brokers.FailBackAsync(now).ConfigureAwait(false);
        BeginWrite(now);
        BeginBind();
        FollowLink(now);
        _mail!.TakeOutputs(now);
        return _link.WantsConnection ? now : Instant.Earliest(Instant.Earliest(_link.NextDeadline, _brokers.NextDeadline), _mail.NextDeadline);
    }

    private void BeginWrite(Instant now)
    {
        if (_writing is not null || _connection is not { } connection)
        {
            return;
        }

        var messages = new List<ApplicationMessage>();
        var settlements = new List<Settlement>();
        while (messages.Count < BatchSize && _link.TryTakePublish(now, out var message))
        {
            messages.Add(message);
        }

        while (_link.TryTakeSettlement(out var settlement))
        {
            settlements.Add(settlement);
        }

        if (messages.Count + settlements.Count > 0)
        {
            _writing = connection.WriteAsync(new AmqpBatch(messages, settlements), _task.Stopping);
            _task.WakeAfter(_writing);
        }
    }

    private void BeginBind()
    {
        if (_binding is not null || _connection is not { } connection)
        {
            return;
        }

        var changes = new List<BindingChange>();
        while (changes.Count < BatchSize && _link.TryTakeBinding(out var change))
        {
            changes.Add(change);
        }

        if (changes.Count > 0)
        {
            _binding = (changes, connection.BindAsync(changes, _task.Stopping));
            _task.WakeAfter(_binding.Value.Task);
        }
    }
}
