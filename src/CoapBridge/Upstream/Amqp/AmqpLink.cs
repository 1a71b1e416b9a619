using CoapBridge.Gateway;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Upstream.Amqp;

/// <summary>
/// The gateway's end of an AMQP connection, without the connection: what <see cref="BrokerLink"/> is for MQTT. Publishes of all
/// shards and wishes of all owners go in; receipts, deliveries, statuses and events come out. A confirm of the broker's is the
/// acknowledgement. After any call take all outputs and ask <see cref="NextDeadline"/> again. Every publish gets exactly one receipt.
/// </summary>
internal sealed partial class AmqpLink(IEntropy entropy) : IUpstreamLink
{
    /// <summary>A publish without a confirm for so long, though heartbeats came: the broker is asked on a new connection.</summary>
    public static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Publishes that wait for the channel.</summary>
    private const int MaximumWaiting = 64;

    private readonly Reconnection _reconnection = new(entropy);
    private readonly UnconfirmedPublishes _publishes = new();
    private readonly Bindings _bindings = new();
    private readonly CommandDeliveries _deliveries = new();
    private readonly Queue<Publish> _waiting = new();
    private readonly Queue<(int Publisher, Receipt Receipt)> _receipts = new();
    private bool _isBlocked;
    private bool _isReopening;

    public bool IsConnected => _reconnection.IsOpen;

    /// <summary>Publishes that have no receipt yet.</summary>
    public int OutstandingCount => _waiting.Count + _publishes.Count;

    public long DroppedDeliveries => _deliveries.Dropped;

    public bool WantsConnection => _reconnection.WantsConnection;

    /// <summary>While this is true give no publishes in: they wait where they are.</summary>
    public bool IsRenewing => _reconnection.IsRenewing;

    /// <summary>Close the connection in order and call <see cref="HandleDisconnected"/>.</summary>
    public bool MustClose { get; private set; }

    /// <summary>After <see cref="BeginDrain"/>: no connection is open.</summary>
    public bool IsDrained => _reconnection.IsDrained;

    public Instant? NextDeadline => MustClose ? null : !IsConnected ? _reconnection.NextDeadline
        : Instant.Earliest(_reconnection.NextDeadline, Instant.Earliest(_bindings.NextDeadline, StallDeadline));

    private bool CanSend => IsConnected && !_isBlocked && !MustClose;

    private Instant? StallDeadline => _isBlocked || _publishes.Oldest is not { } oldest ? null : oldest + StallTimeout;

    /// <summary>True once for each connection that is wanted.</summary>
    public bool TryTakeConnect() => _reconnection.TryTakeConnect();

    /// <summary>The broker has let us in, and the exchange is there.</summary>
    public void HandleConnected(Instant now)
    {
        _reconnection.HandleOpened();
        _reconnection.HandleAccepted(now);
        _bindings.HandleConnected();
        MustClose = _reconnection.IsDraining;
    }

    /// <summary>The attempt came to nothing.</summary>
    public void HandleConnectFailed(Instant now, ReconnectCause cause) => _reconnection.HandleConnectFailed(now, cause);

    /// <summary>The connection is gone, by whichever side; nothing when there was none.</summary>
    /// <param name="now">The present.</param>
    /// <param name="cause">How long to wait.</param>
    /// <param name="detail">What the broker said; null: it ended without a word.</param>
    public void HandleDisconnected(Instant now, ReconnectCause cause = ReconnectCause.Unreachable, string? detail = null)
    {
        if (!IsConnected)
        {
            return;
        }

        var end = MustClose ? ConnectionEnd.LocalDisconnect : detail is null ? ConnectionEnd.TransportLost : ConnectionEnd.ServerDisconnect;
        _reconnection.HandleGone();
        (MustClose, _isBlocked, _isReopening) = (false, false, false);
        RefuseWaiting();
        _publishes.HandleChannelEnd(now);
        _deliveries.HandleDisconnected();
        _bindings.HandleDisconnected();
        _reconnection.HandleClosed(now, cause, new BrokerEvent.Closed(end, null, end == ConnectionEnd.TransportLost ? null : detail, null));
    }

    /// <summary>Does what is due. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        _reconnection.HandleTimeout(now);
        _bindings.HandleTimeout(now);
        if (IsConnected && (_reconnection.DrainDeadline <= now || StallDeadline <= now))
        {
            MustClose = true;
        }

        FollowEnds(now);
    }

    /// <summary>Stops: no new attempts, and the connection is left as soon as every publish has its receipt, or at the limit.</summary>
    public void BeginDrain(Instant now, TimeSpan limit)
    {
        _reconnection.BeginDrain(now, limit);
        FollowEnds(now);
    }

    /// <summary>The next connection shows another certificate. One that is there is left in order and made anew at once.</summary>
    public void BeginRenewal(Instant now)
    {
        _reconnection.BeginRenewal(now, OutstandingCount);
        FollowEnds(now);
    }

    /// <summary>Another broker is wanted, with the same certificate.</summary>
    public void BeginMove(Instant now)
    {
        _reconnection.BeginMove(now, OutstandingCount);
        FollowEnds(now);
    }

    /// <summary>True once when the broker does not take the new certificate: the next connection must show the one before.</summary>
    public bool TryTakeRenewalRefused() => _reconnection.TryTakeRenewalRefused();

    /// <summary>The next status, for every owner. Tell it before the receipts that were there at the same time.</summary>
    public bool TryTakeStatus(out UpstreamStatus status) => _reconnection.TryTakeStatus(out status);

    public bool TryTakeEvent(out BrokerEvent what) => _reconnection.TryTakeEvent(out what);

    /// <summary>Whether what was waited for has come, so that the connection can be left.</summary>
    private void FollowEnds(Instant now)
    {
        if (IsConnected && ((_reconnection.IsDraining && OutstandingCount == 0) || _reconnection.MustLeave(now, OutstandingCount)))
        {
            MustClose = true;
        }
    }
}
