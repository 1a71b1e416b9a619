using CoapBridge.Gateway;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Upstream.Amqp;

// How another certificate of ours reaches the broker: break before make, as with MQTT (PRODUCT.md, "Operating it").
internal sealed partial class AmqpLink
{
    private Renewal _renewal;
    private Instant? _renewalDeadline;
    private bool _isUnproved;
    private bool _isRenewalRefused;

    private enum Renewal
    {
        None,

        /// <summary>Nothing new is sent; what was sent waits for its confirm.</summary>
        Quieting,

        /// <summary>The connection is being changed; devices are not told, their requests wait.</summary>
        Reconnecting,
    }

    /// <summary>While this is true give no publishes in: they wait where they are.</summary>
    public bool IsRenewing => _renewal != Renewal.None;

    /// <summary>The next connection shows another certificate. One that is there is left in order and made anew at once.</summary>
    public void BeginRenewal(Instant now)
    {
        (_isUnproved, _isRenewalRefused) = (true, false);
        if (_phase == Phase.Open && _drainDeadline is null)
        {
            _events.Enqueue(new BrokerEvent.Renewing(OutstandingCount));
            Quiet(now);
        }
        else if (_phase == Phase.Waiting)
        {
            _nextAttempt = now; // the old certificate may be why there is no connection
        }
    }

    /// <summary>Another broker is wanted, with the same certificate.</summary>
    public void BeginMove(Instant now)
    {
        if (_phase == Phase.Open && _drainDeadline is null && _renewal == Renewal.None)
        {
            _events.Enqueue(new BrokerEvent.Moving(OutstandingCount));
            Quiet(now);
        }
    }

    /// <summary>True once when the broker does not take the new certificate: the next connection must show the one before.</summary>
    public bool TryTakeRenewalRefused()
    {
        var isRefused = _isRenewalRefused;
        _isRenewalRefused = false;
        return isRefused;
    }

    private void Quiet(Instant now)
    {
        _renewal = Renewal.Quieting;
        _renewalDeadline = now + BrokerLink.RenewalLimit;
        FollowEnds(now);
    }

    private void HandleRenewed()
    {
        if (_isUnproved)
        {
            _events.Enqueue(new BrokerEvent.Renewed());
        }

        (_renewal, _renewalDeadline, _isUnproved) = (Renewal.None, null, false);
    }

    /// <summary>We left, or the connection was lost before we could: the next one is due at once, without a word to the devices.</summary>
    private void Reconnect(Instant now) => (_renewal, _renewalDeadline, _nextAttempt) = (Renewal.Reconnecting, null, now);

    /// <summary>An attempt failed: true when the next one is due at once, without a word to the devices.</summary>
    private bool TryGoOnRenewing(Instant now, ReconnectCause cause)
    {
        if (_isUnproved && _drainDeadline is null && cause is ReconnectCause.Refused or ReconnectCause.Untrusted)
        {
            (_isUnproved, _isRenewalRefused, _nextAttempt) = (false, true, now);
            _events.Enqueue(new BrokerEvent.RenewalRefused());
            return _renewal == Renewal.Reconnecting;
        }

        _renewal = Renewal.None;
        return false;
    }
}
