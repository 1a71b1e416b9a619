using CoapBridge.Gateway.Subscriptions;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// The gateway's end of the broker connection, without the transport: the one owner of an <see cref="MqttClientEngine"/>.
/// Publishes of all shards and subscriptions of all owners go in; receipts, deliveries, statuses, and events for the log come
/// out. The driver opens
/// a transport when <see cref="TryTakeConnect"/> says so, moves its bytes, and closes it when <see cref="MustClose"/> is
/// set and everything is written. After any call take all outputs and ask <see cref="NextDeadline"/> again. Every
/// publish gets exactly one receipt.
/// </summary>
public sealed partial class BrokerLink
{
    /// <summary>
    /// Half of the window, or all that is sent, got no PUBACK for so long, though pings were answered: MQTT allows a
    /// retransmission only on a new connection [MQTT-4.4.0-1], and the window would fill up for good.
    /// </summary>
    public static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    /// <summary>How often that is looked at.</summary>
    private static readonly TimeSpan StallCheck = TimeSpan.FromSeconds(10);

    /// <summary>A ticket within the engine is the shard's own with the shard's number above it.</summary>
    private const int TicketBits = 48;

    /// <summary>The ticket of what the link itself publishes, of which nobody wants to hear.</summary>
    private const ulong OwnTicket = ulong.MaxValue;

    private readonly MqttClientEngine _engine;
    private readonly ApplicationMessage? _online;
    private readonly ReconnectSchedule _schedule;
    private readonly SubscriptionTable _subscriptions;
    private readonly OpenDeliveries _deliveries;
    private readonly HashSet<ulong> _unconfirmed = [];
    private readonly Queue<(int Shard, Receipt Receipt)> _receipts = new();
    private readonly Queue<UpstreamStatus> _statuses = new();
    private readonly Queue<BrokerEvent> _events = new();
    private UpstreamStatus _status = new(UpstreamState.Away);
    private Phase _phase = Phase.Due;
    private Instant _nextAttempt;
    private Instant? _stallCheck;
    private Instant? _drainDeadline;
    private ReconnectCause? _transportEnd;

    public BrokerLink(MqttClientOptions options, IEntropy entropy)
    {
        _engine = new MqttClientEngine(options);
        _online = options.Will is { } will ? GatewayStatus.Online(will.Topic) : null;
        _schedule = new ReconnectSchedule(entropy);
        _subscriptions = new SubscriptionTable(_engine);
        _deliveries = new OpenDeliveries(_engine);
    }

    private enum Phase
    {
        /// <summary>The driver should open a transport now.</summary>
        Due,

        /// <summary>The driver is opening one.</summary>
        Opening,

        /// <summary>There is one, and it is the engine's.</summary>
        Open,

        /// <summary>There is one that came too late: the link drains.</summary>
        Unwanted,

        /// <summary>Until the next attempt there is none.</summary>
        Waiting,
    }

    /// <summary>CONNACK has come and the connection has not ended.</summary>
    public bool IsConnected => _engine.IsConnected;

    /// <summary>Publishes that have no receipt yet.</summary>
    public int OutstandingCount { get; private set; }

    /// <summary>A transport should be opened now; <see cref="TryTakeConnect"/> takes the task.</summary>
    public bool WantsConnection => _phase == Phase.Due && _drainDeadline is null;

    /// <summary>Write what is left, close the transport, and call <see cref="HandleDisconnected"/>.</summary>
    public bool MustClose => _phase == Phase.Unwanted || (_phase == Phase.Open && _engine.MustClose);

    /// <summary>After <see cref="BeginDrain"/>: no transport is open, and an attempt that is under way may be given up.</summary>
    public bool IsDrained => _drainDeadline is not null && _phase is not (Phase.Open or Phase.Unwanted);

    public Instant? NextDeadline => _phase switch
    {
        Phase.Open when _engine.MustClose => null,
        Phase.Open => Earliest(_engine.NextDeadline, _drainDeadline, _stallCheck, _renewalDeadline, _subscriptions.NextDeadline),
        Phase.Waiting when _drainDeadline is null => _nextAttempt,
        _ => null,
    };

    /// <summary>
    /// True once for each connection that is wanted: the driver opens a transport and reports it by
    /// <see cref="HandleConnected"/> or <see cref="HandleConnectFailed"/>, within a limit of its own.
    /// </summary>
    public bool TryTakeConnect()
    {
        if (!WantsConnection)
        {
            return false;
        }

        _phase = Phase.Opening;
        Tell(_status with { NextAttempt = null });
        return true;
    }

    /// <summary>The transport, with TLS, is there.</summary>
    /// <param name="now">The present.</param>
    /// <param name="userName">The User Name for this broker; null: none.</param>
    public void HandleConnected(Instant now, string? userName = null)
    {
        Require(Phase.Opening);
        if (_drainDeadline is not null)
        {
            _phase = Phase.Unwanted;
            return;
        }

        _phase = Phase.Open;
        _engine.HandleConnected(now, userName);
        Follow(now);
    }

    /// <summary>The attempt came to nothing. Only a broker that refuses the gateway is told to devices as a refusal.</summary>
    public void HandleConnectFailed(Instant now, ReconnectCause cause)
    {
        Require(Phase.Opening);
        _phase = Phase.Waiting;
        _nextAttempt = _schedule.HandleEnded(now, cause);
        var goesOn = TryGoOnRenewing(now, cause);
        _events.Enqueue(new BrokerEvent.ConnectFailed(cause, _nextAttempt));
        if (!goesOn)
        {
            TellAway(cause);
        }
    }

    /// <summary>Takes received bytes, cut in any way.</summary>
    public void HandleReceived(Instant now, ReadOnlySpan<byte> bytes)
    {
        _engine.HandleReceived(now, bytes);
        Follow(now);
    }

    /// <summary>The transport is gone, by whichever side; nothing when there was none.</summary>
    /// <param name="now">The present.</param>
    /// <param name="cause">Refused when TLS ended it with an alert: in TLS 1.3 a server refuses a certificate after the handshake.</param>
    public void HandleDisconnected(Instant now, ReconnectCause cause = ReconnectCause.Unreachable)
    {
        if (_phase is Phase.Open or Phase.Unwanted)
        {
            _phase = Phase.Waiting;
            _transportEnd = cause;
            _engine.HandleDisconnected(now);
            Follow(now);
            _transportEnd = null;
        }
    }

    /// <summary>Takes a message in; its receipt comes at once or later.</summary>
    public void HandlePublish(Instant now, in Publish publish)
    {
        var outcome = _engine.Publish(now, ((ulong)publish.Shard << TicketBits) | publish.Ticket, publish.Message);
        if (outcome == PublishOutcome.Accepted)
        {
            OutstandingCount++;
            _stallCheck ??= now + StallTimeout;
        }
        else
        {
            _receipts.Enqueue((publish.Shard, new Receipt(publish.Ticket, ToReceipt(outcome))));
        }
    }

    /// <summary>Does what is due. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        if (_phase == Phase.Waiting && _nextAttempt <= now)
        {
            _phase = Phase.Due;
        }

        _engine.HandleTimeout(now);
        _subscriptions.HandleTimeout(now);
        Follow(now);
        if (_drainDeadline <= now)
        {
            LeaveForGood(now);
        }
        else if (_stallCheck <= now)
        {
            CheckStall(now);
        }
    }

    /// <summary>
    /// Stops: no new attempts, and DISCONNECT as soon as every publish has its receipt. Ask the shards to drain first;
    /// what comes after the DISCONNECT gets a receipt that says so.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="limit">After this the connection ends, acknowledged or not.</param>
    public void BeginDrain(Instant now, TimeSpan limit)
    {
        _drainDeadline ??= now + limit;
        Follow(now);
    }

    /// <summary>Fills the buffer with bytes for the transport; call again until it says no.</summary>
    /// <param name="now">The present: a QoS 0 publish has its receipt once its bytes are taken here.</param>
    /// <param name="buffer">Any size above 0.</param>
    /// <param name="length">How many bytes were written.</param>
    public bool TryTakeTransmit(Instant now, Span<byte> buffer, out int length)
    {
        length = 0;
        if (_phase != Phase.Open || !_engine.TryTakeTransmit(buffer, out length))
        {
            return false;
        }

        _subscriptions.SendRequests(now);
        Follow(now);
        return true;
    }

    /// <summary>The next receipt and the shard that it goes to.</summary>
    public bool TryTakeReceipt(out int shard, out Receipt receipt)
    {
        var isThere = _receipts.TryDequeue(out var next);
        (shard, receipt) = next;
        return isThere;
    }

    /// <summary>The next status, for every shard. Tell it before the receipts that were there at the same time.</summary>
    public bool TryTakeStatus(out UpstreamStatus status) => _statuses.TryDequeue(out status);

    public bool TryTakeEvent(out BrokerEvent what) => _events.TryDequeue(out what!);

    private static Instant? Earliest(params ReadOnlySpan<Instant?> deadlines)
    {
        Instant? first = null;
        foreach (var deadline in deadlines)
        {
            first = Instant.Earliest(first, deadline);
        }

        return first;
    }

    private void Require(Phase phase)
    {
        if (_phase != phase)
        {
            throw new InvalidOperationException($"The broker link is {_phase}, not {phase}.");
        }
    }

    private static ReceiptOutcome ToReceipt(PublishOutcome outcome) => outcome switch
    {
        PublishOutcome.NotConnected => ReceiptOutcome.NotConnected,
        PublishOutcome.QueueFull => ReceiptOutcome.QueueFull,
        PublishOutcome.TooLarge => ReceiptOutcome.TooLarge,
        PublishOutcome.QualityOfServiceNotSupported or PublishOutcome.RetainNotSupported => ReceiptOutcome.NotOffered,
        _ => ReceiptOutcome.NotValid,
    };
}
