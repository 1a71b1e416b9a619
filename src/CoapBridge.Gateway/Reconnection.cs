using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// How a link comes by its connections to the broker, one after the other, whichever protocol it speaks: when the next attempt is due,
/// and what the owners and the operator hear. For another certificate of ours, or another broker, the connection is left in order and
/// made anew at once, and devices hear nothing of it: break before make (PRODUCT.md, "Operating it").
/// </summary>
public sealed class Reconnection(IEntropy entropy)
{
    /// <summary>How long acknowledgements are waited for before the connection is left for another.</summary>
    public static readonly TimeSpan RenewalLimit = TimeSpan.FromSeconds(5);

    private readonly ReconnectSchedule _schedule = new(entropy);
    private readonly Queue<UpstreamStatus> _statuses = new();
    private readonly Queue<BrokerEvent> _events = new();
    private UpstreamStatus _status = new(UpstreamState.Away);
    private Phase _phase = Phase.Due;
    private Instant _nextAttempt;
    private Renewal _renewal;
    private Instant? _renewalDeadline;
    private bool _isUnproved;
    private bool _isRenewalRefused;

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

    private enum Renewal
    {
        None,

        /// <summary>Nothing new is sent; what was sent waits for its acknowledgement.</summary>
        Quieting,

        /// <summary>The connection is being changed; devices are not told, their requests wait.</summary>
        Reconnecting,
    }

    /// <summary>There is a connection; whether the broker has let us in, the link knows.</summary>
    public bool IsOpen => _phase == Phase.Open;

    /// <summary>A connection should be opened now; <see cref="TryTakeConnect"/> takes the task.</summary>
    public bool WantsConnection => _phase == Phase.Due && !IsDraining;

    /// <summary>While this is true no publishes are taken: they wait where they are.</summary>
    public bool IsRenewing => _renewal != Renewal.None;

    public bool IsDraining => DrainDeadline is not null;

    /// <summary>When the link leaves for good, acknowledged or not; null: it does not drain.</summary>
    public Instant? DrainDeadline { get; private set; }

    /// <summary>It drains, and no connection is open; an attempt that is under way may be given up.</summary>
    public bool IsDrained => IsDraining && !IsOpen;

    public Instant? NextDeadline => _phase switch
    {
        Phase.Open => Instant.Earliest(DrainDeadline, _renewalDeadline),
        Phase.Waiting when !IsDraining => _nextAttempt,
        _ => null,
    };

    /// <summary>Whether what is open now is to be left for another connection.</summary>
    /// <param name="now">The present.</param>
    /// <param name="outstanding">Publishes that have no receipt yet.</param>
    public bool MustLeave(Instant now, int outstanding) => _renewal == Renewal.Quieting && (outstanding == 0 || _renewalDeadline <= now);

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

    /// <summary>The connection that was wanted is there.</summary>
    public void HandleOpened()
    {
        RequireOpening();
        _phase = Phase.Open;
    }

    /// <summary>The broker has let us in.</summary>
    public void HandleAccepted(Instant now)
    {
        _schedule.HandleAccepted(now);
        _events.Enqueue(new BrokerEvent.Connected());
        if (_isUnproved)
        {
            _events.Enqueue(new BrokerEvent.Renewed());
        }

        (_renewal, _renewalDeadline, _isUnproved) = (Renewal.None, null, false);
        Tell(new UpstreamStatus(UpstreamState.Connected));
    }

    /// <summary>The attempt came to nothing. Only a broker that refuses the gateway is told to devices as a refusal.</summary>
    public void HandleConnectFailed(Instant now, ReconnectCause cause)
    {
        RequireOpening();
        _phase = Phase.Waiting;
        var isTold = HandleEnded(now, cause);
        _events.Enqueue(new BrokerEvent.ConnectFailed(cause, _nextAttempt));
        if (isTold)
        {
            TellAway(cause);
        }
    }

    /// <summary>The broker's own answer is that it does not let us in; <see cref="HandleGone"/> follows.</summary>
    /// <param name="now">The present.</param>
    /// <param name="reason">Of its CONNACK.</param>
    /// <param name="detail">Its words; not trustworthy text.</param>
    public void HandleRefused(Instant now, MqttReasonCode reason, string? detail)
    {
        var status = new UpstreamStatus(UpstreamState.Refused, null, reason);
        var isTold = HandleEnded(now, status.PassesByItself ? ReconnectCause.Unreachable : ReconnectCause.Refused);
        _events.Enqueue(new BrokerEvent.Refused(reason, detail, _nextAttempt));
        if (isTold)
        {
            Tell(status with { NextAttempt = _nextAttempt });
        }
    }

    /// <summary>The connection has ended, or says its last words.</summary>
    /// <param name="now">The present.</param>
    /// <param name="cause">How long to wait.</param>
    /// <param name="closed">For the operator; when the next attempt is due is written into it.</param>
    public void HandleClosed(Instant now, ReconnectCause cause, BrokerEvent.Closed closed)
    {
        if (_renewal == Renewal.Quieting)
        {
            // We left, or it was lost before we could: the next one is due at once.
            (_renewal, _renewalDeadline, _nextAttempt) = (Renewal.Reconnecting, null, now);
            return;
        }

        var isTold = HandleEnded(now, cause);
        _events.Enqueue(closed with { NextAttempt = IsDraining ? null : _nextAttempt });
        if (isTold)
        {
            TellAway(cause);
        }
    }

    /// <summary>There is no connection any more.</summary>
    public void HandleGone() => _phase = Phase.Waiting;

    /// <summary>Does what is due. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        if (_phase == Phase.Waiting && _nextAttempt <= now)
        {
            _phase = Phase.Due;
        }
    }

    /// <summary>
    /// The next connection shows another certificate. If the broker refuses it, <see cref="TryTakeRenewalRefused"/> says so.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="outstanding">Publishes that have no receipt yet.</param>
    public void BeginRenewal(Instant now, int outstanding)
    {
        (_isUnproved, _isRenewalRefused) = (true, false);
        if (_phase == Phase.Open && !IsDraining)
        {
            Quiet(now, new BrokerEvent.Renewing(outstanding));
        }
        else if (_phase == Phase.Waiting)
        {
            _nextAttempt = now; // the old certificate may be why there is no connection
        }
    }

    /// <summary>Another broker is wanted, with the same certificate: as <see cref="BeginRenewal"/>, but nothing is proved by it.</summary>
    /// <param name="now">The present.</param>
    /// <param name="outstanding">Publishes that have no receipt yet.</param>
    public void BeginMove(Instant now, int outstanding)
    {
        if (_phase == Phase.Open && !IsDraining && !IsRenewing)
        {
            Quiet(now, new BrokerEvent.Moving(outstanding));
        }
    }

    /// <summary>True once when the broker does not take the new certificate: the next connection must show the one before.</summary>
    public bool TryTakeRenewalRefused()
    {
        var isRefused = _isRenewalRefused;
        _isRenewalRefused = false;
        return isRefused;
    }

    /// <summary>No new attempts.</summary>
    public void BeginDrain(Instant now, TimeSpan limit) => DrainDeadline ??= now + limit;

    /// <summary>The next status, for every owner. Tell it before the receipts that were there at the same time.</summary>
    public bool TryTakeStatus(out UpstreamStatus status) => _statuses.TryDequeue(out status);

    public bool TryTakeEvent(out BrokerEvent what) => _events.TryDequeue(out what!);

    /// <summary>Tells the owners how the broker stands, unless they know.</summary>
    public void Tell(in UpstreamStatus status)
    {
        if (status != _status)
        {
            _status = status;
            _statuses.Enqueue(status);
        }
    }

    private void TellAway(ReconnectCause cause) => Tell(new UpstreamStatus(
        cause == ReconnectCause.Refused ? UpstreamState.Refused : UpstreamState.Away, _nextAttempt));

    private void Quiet(Instant now, BrokerEvent why)
    {
        (_renewal, _renewalDeadline) = (Renewal.Quieting, now + RenewalLimit);
        _events.Enqueue(why);
    }

    /// <summary>When to try again: false when that is at once, without a word to the devices.</summary>
    private bool HandleEnded(Instant now, ReconnectCause cause)
    {
        _nextAttempt = _schedule.HandleEnded(now, cause);
        if (_isUnproved && !IsDraining && cause is ReconnectCause.Refused or ReconnectCause.Untrusted)
        {
            (_isUnproved, _isRenewalRefused, _nextAttempt) = (false, true, now);
            _events.Enqueue(new BrokerEvent.RenewalRefused());
            return _renewal != Renewal.Reconnecting;
        }

        _renewal = Renewal.None;
        return true;
    }

    private void RequireOpening()
    {
        if (_phase != Phase.Opening)
        {
            throw new InvalidOperationException($"The link is {_phase}: no attempt is under way.");
        }
    }
}
