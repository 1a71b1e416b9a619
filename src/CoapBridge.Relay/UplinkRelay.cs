using System.Diagnostics.CodeAnalysis;
using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// Requests in, messages to the broker out; receipts in, answers out. One for each shard. A device hears a success only
/// when the broker has said so (DESIGN D-11); a request whose broker is silent ends here, whatever the link does.
/// </summary>
public sealed partial class UplinkRelay
{
    private readonly RelayContext _context;
    private readonly CommandPushes _pushes;
    private readonly CommandRequests _commands;
    private readonly PublishRequests _publishes;
    private readonly StateCache _cache;
    private readonly StateObservers _observers;
    private readonly StateChanges _changes;
    private readonly StateRequests _states;
    private readonly StateFeed _feed;
    private readonly CallRequests _calls;
    private readonly Discovery _discovery;

    public UplinkRelay(RelaySettings settings, int shard, IEntropy entropy)
    {
        _context = new RelayContext(settings, shard, entropy);
        _pushes = new CommandPushes(_context);
        _commands = new CommandRequests(_context, _pushes);
        _publishes = new PublishRequests(_context, _commands);
        _cache = new StateCache(_context);
        _observers = new StateObservers(_context, _cache);
        _changes = new StateChanges(_context, _cache, _observers);
        _states = new StateRequests(_context, _cache, _observers, _changes);
        _feed = new StateFeed(_context, _cache, _states, _observers, _changes);
        _calls = new CallRequests(_context);
        _calls.HandleSettings();
        _discovery = new Discovery(_context);
    }

    public Instant? NextDeadline => Instant.Earliest(_context.Open.NextDeadline, _cache.NextDeadline);

    /// <summary>What was counted since the start.</summary>
    public RelayCounters Counters => _context.Counters;

    /// <summary>Topics whose state is kept.</summary>
    public int TopicCount => _cache.Count;

    /// <summary>Null until it was told.</summary>
    public TimeOfDay? TimeOfDay => _context.TimeOfDay;

    /// <summary>Requests that wait for the broker.</summary>
    public int OpenCount => _context.Open.Count;

    /// <summary>A connection may be used: its certificate was accepted.</summary>
    public void HandleClientReady(Instant now, RelayClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        _commands.HandleReady(now, client);
    }

    /// <summary>What the command desk says to this shard.</summary>
    public void HandleDeskAnswer(Instant now, in DeskAnswer answer) => _commands.HandleDeskAnswer(now, answer);

    /// <summary>The device has answered a request of ours.</summary>
    public void HandleDeviceResponse(Instant now, in DeviceRequest request, CoapCode code, uint? format, ReadOnlySpan<byte> payload) =>
        _pushes.HandleResponse(now, request.Client, request.Command, code, format, payload);

    /// <summary>There will be no answer to a request of ours.</summary>
    /// <param name="request">Which.</param>
    /// <param name="isReset">The device said that it takes none (RST).</param>
    public void HandleNoResponse(in DeviceRequest request, bool isReset) => _pushes.HandleNoResponse(request.Client, isReset);

    public void HandleReceipt(Instant now, in Receipt receipt)
    {
        if (!_context.Open.TryFind(receipt.Ticket, out var open))
        {
            return;
        }

        var answer = ReceiptToAnswer.Translate(receipt, _context.Upstream, now);
        if (open.Detail is OpenCall)
        {
            _calls.HandleReceipt(now, receipt, answer);
            return;
        }

        _context.Open.TryEnd(receipt.Ticket, out _);
        switch (open.Detail)
        {
            case StateRequest change:
                _changes.HandleReceipt(now, open, change, answer);
                break;
            case CommandReply reply:
                _commands.HandleReceipt(now, open, reply, answer);
                break;
            case PushedReply reply:
                _pushes.HandleReceipt(open, reply, answer.Code.Class == 2);
                break;
            case CommandWait wait when answer.Code.Class == 2:
                _commands.HandlePublished(now, open, wait);
                break;
            default:
                _context.Answer(now, open, answer);
                break;
        }
    }

    /// <summary>A message of a filter that this shard wants; taken over when the call returns.</summary>
    public void HandleDelivery(Instant now, in Delivery delivery)
    {
        if (!_calls.TryHandleDelivery(now, delivery))
        {
            _feed.HandleDelivery(now, delivery);
        }
    }

    /// <summary>It is this shard's turn to change a topic.</summary>
    public void HandleTurn(Instant now, in TurnGrant grant) => _changes.HandleTurn(now, grant);

    /// <summary>The turns that this shard asks for and ends, in order.</summary>
    public bool TryTakeTurn(out TurnRequest turn) => _context.Turns.TryDequeue(out turn);

    public void HandleSubscription(Instant now, in SubscriptionStatus status)
    {
        _calls.HandleStatus(status);
        _feed.HandleStatus(now, status);
    }

    /// <summary>The time of day, for conditions of the access policy; to be told at the start and about once a second.</summary>
    public void HandleTimeOfDay(Instant now, DateTimeOffset utcNow) => _context.TimeOfDay = new TimeOfDay(now, utcNow);

    /// <summary>What a reload brought; it holds for what comes from now on.</summary>
    public void HandleSettings(RelaySettings changed)
    {
        _context.Settings = changed;
        _calls.HandleSettings();
    }

    public void HandleUpstream(in UpstreamStatus status)
    {
        _context.Upstream = status;
        _calls.HandleUpstream(status);
        _feed.HandleUpstream(status);
    }

    /// <summary>From now on new requests are asked to come again later.</summary>
    public void BeginDrain(Instant now)
    {
        _context.IsDraining = true;
        _commands.BeginDrain(now);
    }

    public void HandleTimeout(Instant now)
    {
        while (_context.Open.TryEndDue(now, out var open))
        {
            if (open.Detail is PushedReply lost)
            {
                _pushes.HandleReceipt(open, lost, isSuccess: false);
                continue;
            }

            _context.Answer(now, open, open.Detail is CommandWait { IsPublished: true } ? Answer.Changed : ReceiptToAnswer.Timeout);
            if (open.Detail is StateRequest ask)
            {
                _states.HandleTimeout(now, ask);
            }
        }

        _cache.HandleTimeout(now);
    }

    /// <summary>An observer has acknowledged the notification that it was told last.</summary>
    public void HandleNotified(Instant now, RelayClient client, Token token)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (client.Record?.Find(token) is CommandObservation observation)
        {
            _commands.HandleNotified(observation);
        }
    }

    /// <summary>A device observes nothing under this token any more, or did not become an observer; it may be told twice.</summary>
    public void HandleObserverGone(Instant now, RelayClient client, Token token)
    {
        ArgumentNullException.ThrowIfNull(client);
        switch (client.Record?.Take(token))
        {
            case StateObservation observation:
                _observers.Forget(now, observation);
                break;
            case CommandObservation observation:
                _commands.Forget(observation);
                break;
        }
    }

    /// <summary>A device's connection is over. Its open requests end by themselves.</summary>
    public void HandleClientGone(Instant now, RelayClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        while (client.Record?.Observations is [.., var last])
        {
            HandleObserverGone(now, client, last.Token);
        }

        _commands.HandleGone(client);
    }

    /// <summary>What this shard tells and asks the command desk, in order.</summary>
    public bool TryTakeDeskMessage([MaybeNullWhen(false)] out DeskMessage message) => _context.Desk.TryDequeue(out message);

    /// <summary>What goes to devices as requests.</summary>
    public bool TryTakeDeviceRequest(out DeviceRequest request) => _context.DeviceRequests.TryDequeue(out request);

    /// <summary>What this shard wants of the broker, in order.</summary>
    public bool TryTakeSubscription(out SubscriptionChange change) => _context.Subscriptions.TryDequeue(out change);

    /// <summary>What an observer is to be told, in order.</summary>
    public bool TryTakeNotification(out RelayNotification notification) => _context.Notifications.TryDequeue(out notification);

    /// <summary>What goes to the outbox, in order.</summary>
    public bool TryTakeKept(out KeptMessage kept) => _context.Kept.TryDequeue(out kept);

    public bool TryTakePublish(out Publish publish) => _context.Publishes.TryDequeue(out publish);

    public bool TryTakeAnswer(out RelayAnswer answer) => _context.Answers.TryDequeue(out answer);
}
