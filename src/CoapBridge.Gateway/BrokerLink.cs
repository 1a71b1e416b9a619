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
public sealed partial class BrokerLink : IUpstreamLink
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
    private readonly Reconnection _reconnection;
    private readonly SubscriptionTable _subscriptions;
    private readonly OpenDeliveries _deliveries;
    private readonly HashSet<ulong> _unconfirmed = [];
    private readonly Queue<(int Shard, Receipt Receipt)> _receipts = new();
    private Instant? _stallCheck;
    private ReconnectCause? _transportEnd;
    private bool _isUnwanted;

    public BrokerLink(MqttClientOptions options, IEntropy entropy)
    {
        _engine = new MqttClientEngine(options);
        _online = options.Will is { } will ? GatewayStatus.Online(will.Topic) : null;
        _reconnection = new Reconnection(entropy);
        _subscriptions = new SubscriptionTable(_engine);
        _deliveries = new OpenDeliveries(_engine);
    }

    /// <summary>CONNACK has come and the connection has not ended.</summary>
    public bool IsConnected => _engine.IsConnected;

    /// <summary>Publishes that have no receipt yet.</summary>
    public int OutstandingCount { get; private set; }

    /// <summary>A transport should be opened now; <see cref="TryTakeConnect"/> takes the task.</summary>
    public bool WantsConnection => _reconnection.WantsConnection;

    /// <summary>While this is true give no publishes in: they wait where they are.</summary>
    public bool IsRenewing => _reconnection.IsRenewing;

    /// <summary>Write what is left, close the transport, and call <see cref="HandleDisconnected"/>.</summary>
    public bool MustClose => _reconnection.IsOpen && (_isUnwanted || _engine.MustClose);

    /// <summary>After <see cref="BeginDrain"/>: no transport is open, and an attempt that is under way may be given up.</summary>
    public bool IsDrained => _reconnection.IsDrained;

    public Instant? NextDeadline => MustClose ? null : !_reconnection.IsOpen ? _reconnection.NextDeadline
        : Earliest(_reconnection.NextDeadline, _engine.NextDeadline, _stallCheck, _subscriptions.NextDeadline);

    /// <summary>
    /// True once for each connection that is wanted: the driver opens a transport and reports it by
    /// <see cref="HandleConnected"/> or <see cref="HandleConnectFailed"/>, within a limit of its own.
    /// </summary>
    public bool TryTakeConnect() => _reconnection.TryTakeConnect();

    /// <summary>The transport, with TLS, is there.</summary>
    /// <param name="now">The present.</param>
    /// <param name="userName">The User Name for this broker; null: none.</param>
    public void HandleConnected(Instant now, string? userName = null)
    {
        _reconnection.HandleOpened();
        if (_reconnection.IsDraining)
        {
            _isUnwanted = true; // it came too late
            return;
        }

        _engine.HandleConnected(now, userName);
        Follow(now);
    }

    /// <summary>The attempt came to nothing. Only a broker that refuses the gateway is told to devices as a refusal.</summary>
    public void HandleConnectFailed(Instant now, ReconnectCause cause) => _reconnection.HandleConnectFailed(now, cause);

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
        if (_reconnection.IsOpen)
        {
            _reconnection.HandleGone();
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
        _reconnection.HandleTimeout(now);
        _engine.HandleTimeout(now);
        _subscriptions.HandleTimeout(now);
        Follow(now);
        if (_reconnection.DrainDeadline <= now)
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
        _reconnection.BeginDrain(now, limit);
        Follow(now);
    }

    /// <summary>
    /// The next transport shows another certificate. A connection that is there is left in order, its MQTT session kept, and made
    /// anew at once. If the broker refuses the other certificate, <see cref="TryTakeRenewalRefused"/> says so.
    /// </summary>
    public void BeginRenewal(Instant now)
    {
        _reconnection.BeginRenewal(now, OutstandingCount);
        Follow(now);
    }

    /// <summary>Another broker is wanted, with the same certificate: as <see cref="BeginRenewal"/>, but nothing is proved by it.</summary>
    public void BeginMove(Instant now)
    {
        if (IsConnected)
        {
            _reconnection.BeginMove(now, OutstandingCount);
            Follow(now);
        }
    }

    /// <summary>True once when the broker does not take the new certificate: the next transport must show the one before.</summary>
    public bool TryTakeRenewalRefused() => _reconnection.TryTakeRenewalRefused();

    /// <summary>Fills the buffer with bytes for the transport; call again until it says no.</summary>
    /// <param name="now">The present: a QoS 0 publish has its receipt once its bytes are taken here.</param>
    /// <param name="buffer">Any size above 0.</param>
    /// <param name="length">How many bytes were written.</param>
    public bool TryTakeTransmit(Instant now, Span<byte> buffer, out int length)
    {
        length = 0;
        if (!_reconnection.IsOpen || _isUnwanted || !_engine.TryTakeTransmit(buffer, out length))
        {
            return false;
        }

        _subscriptions.SendRequests(now);
        Follow(now);
        return true;
    }

    /// <summary>The next receipt and the shard that it goes to.</summary>
    public bool TryTakeReceipt(out int publisher, out Receipt receipt)
    {
        var isThere = _receipts.TryDequeue(out var next);
        (publisher, receipt) = next;
        return isThere;
    }

    /// <summary>The next status, for every shard. Tell it before the receipts that were there at the same time.</summary>
    public bool TryTakeStatus(out UpstreamStatus status) => _reconnection.TryTakeStatus(out status);

    public bool TryTakeEvent(out BrokerEvent what) => _reconnection.TryTakeEvent(out what);

    private static Instant? Earliest(params ReadOnlySpan<Instant?> deadlines)
    {
        Instant? first = null;
        foreach (var deadline in deadlines)
        {
            first = Instant.Earliest(first, deadline);
        }

        return first;
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
