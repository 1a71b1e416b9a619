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
internal sealed partial class AmqpLink(IEntropy entropy)
{
    /// <summary>A publish without a confirm for so long, though heartbeats came: the broker is asked on a new connection.</summary>
    public static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Publishes that wait for the channel.</summary>
    private const int MaximumWaiting = 64;

    private readonly ReconnectSchedule _schedule = new(entropy);
    private readonly UnconfirmedPublishes _publishes = new();
    private readonly Bindings _bindings = new();
    private readonly CommandDeliveries _deliveries = new();
    private readonly Queue<Publish> _waiting = new();
    private readonly Queue<(int Publisher, Receipt Receipt)> _receipts = new();
    private readonly Queue<UpstreamStatus> _statuses = new();
    private readonly Queue<BrokerEvent> _events = new();
    private UpstreamStatus _status = new(UpstreamState.Away);
    private Phase _phase = Phase.Due;
    private Instant _nextAttempt;
    private Instant? _drainDeadline;
    private bool _isBlocked;
    private bool _isReopening;

    private enum Phase
    {
        /// <summary>The driver should open a connection now.</summary>
        Due,

        /// <summary>The driver is opening one.</summary>
        Opening,

        /// <summary>There is one.</summary>
        Open,

        /// <summary>Until the next attempt there is none.</summary>
        Waiting,
    }

    public bool IsConnected => _phase == Phase.Open;

    /// <summary>Publishes that have no receipt yet.</summary>
    public int OutstandingCount => _waiting.Count + _publishes.Count;

    public long DroppedDeliveries => _deliveries.Dropped;

    public bool WantsConnection => _phase == Phase.Due && _drainDeadline is null;

    /// <summary>Close the connection in order and call <see cref="HandleDisconnected"/>.</summary>
    public bool MustClose { get; private set; }

    /// <summary>After <see cref="BeginDrain"/>: no connection is open.</summary>
    public bool IsDrained => _drainDeadline is not null && _phase != Phase.Open;

    public Instant? NextDeadline => _phase switch
    {
        Phase.Open when MustClose => null,
        Phase.Open => Instant.Earliest(Instant.Earliest(_drainDeadline, _renewalDeadline), Instant.Earliest(_bindings.NextDeadline, StallDeadline)),
        Phase.Waiting when _drainDeadline is null => _nextAttempt,
        _ => null,
    };

    private bool CanSend => _phase == Phase.Open && !_isBlocked && !MustClose;

    private Instant? StallDeadline => _isBlocked || _publishes.Oldest is not { } oldest ? null : oldest + StallTimeout;

    /// <summary>True once for each connection that is wanted.</summary>
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

    /// <summary>The broker has let us in, and the exchange is there.</summary>
    public void HandleConnected(Instant now)
    {
        _phase = Phase.Open;
        _schedule.HandleAccepted(now);
        _events.Enqueue(new BrokerEvent.Connected());
        HandleRenewed();
        Tell(new UpstreamStatus(UpstreamState.Connected));
        _bindings.HandleConnected();
        MustClose = _drainDeadline is not null;
    }

    /// <summary>The attempt came to nothing.</summary>
    public void HandleConnectFailed(Instant now, ReconnectCause cause)
    {
        _phase = Phase.Waiting;
        _nextAttempt = _schedule.HandleEnded(now, cause);
        var goesOn = TryGoOnRenewing(now, cause);
        _events.Enqueue(new BrokerEvent.ConnectFailed(cause, _nextAttempt));
        if (!goesOn)
        {
            TellAway(cause);
        }
    }

    /// <summary>The connection is gone, by whichever side; nothing when there was none.</summary>
    /// <param name="now">The present.</param>
    /// <param name="cause">How long to wait.</param>
    /// <param name="detail">What the broker said; null: it ended without a word.</param>
    public void HandleDisconnected(Instant now, ReconnectCause cause = ReconnectCause.Unreachable, string? detail = null)
    {
        if (_phase != Phase.Open)
        {
            return;
        }

        var end = MustClose ? ConnectionEnd.LocalDisconnect : detail is null ? ConnectionEnd.TransportLost : ConnectionEnd.ServerDisconnect;
        _phase = Phase.Waiting;
        (MustClose, _isBlocked, _isReopening) = (false, false, false);
        RefuseWaiting();
        _publishes.HandleChannelEnd(now);
        _deliveries.HandleDisconnected();
        _bindings.HandleDisconnected();
        if (_renewal == Renewal.Quieting)
        {
            Reconnect(now);
            return;
        }

        _nextAttempt = _schedule.HandleEnded(now, cause);
        var goesOn = TryGoOnRenewing(now, cause);
        _events.Enqueue(new BrokerEvent.Closed(end, null, end == ConnectionEnd.TransportLost ? null : detail, _drainDeadline is null ? _nextAttempt : null));
        if (!goesOn)
        {
            TellAway(cause);
        }
    }

    /// <summary>Does what is due. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        if (_phase == Phase.Waiting && _nextAttempt <= now)
        {
            _phase = Phase.Due;
        }

        _bindings.HandleTimeout(now);
        if (_phase == Phase.Open && (_drainDeadline <= now || StallDeadline <= now))
        {
            MustClose = true;
        }

        FollowEnds(now);
    }

    /// <summary>Stops: no new attempts, and the connection is left as soon as every publish has its receipt, or at the limit.</summary>
    public void BeginDrain(Instant now, TimeSpan limit)
    {
        _drainDeadline ??= now + limit;
        FollowEnds(now);
    }

    /// <summary>The next status, for every owner. Tell it before the receipts that were there at the same time.</summary>
    public bool TryTakeStatus(out UpstreamStatus status) => _statuses.TryDequeue(out status);

    public bool TryTakeEvent(out BrokerEvent what) => _events.TryDequeue(out what!);

    /// <summary>Whether what was waited for has come, so that the connection can be left.</summary>
    private void FollowEnds(Instant now)
    {
        if (_phase == Phase.Open && OutstandingCount == 0 && (_drainDeadline is not null || _renewal == Renewal.Quieting))
        {
            MustClose = true;
        }

        if (_phase == Phase.Open && _renewal == Renewal.Quieting && _renewalDeadline <= now)
        {
            MustClose = true;
        }
    }

    private void TellAway(ReconnectCause cause) => Tell(new UpstreamStatus(
        cause == ReconnectCause.Refused ? UpstreamState.Refused : UpstreamState.Away, _nextAttempt));

    private void Tell(in UpstreamStatus status)
    {
        if (status != _status)
        {
            _status = status;
            _statuses.Enqueue(status);
        }
    }
}
