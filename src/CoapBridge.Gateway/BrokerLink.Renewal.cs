using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// How another certificate of ours reaches the broker: break before make (PRODUCT.md, "Operating it").
public sealed partial class BrokerLink
{
    /// <summary>How long PUBACKs are waited for before the connection is left.</summary>
    public static readonly TimeSpan RenewalLimit = TimeSpan.FromSeconds(5);

    private Renewal _renewal;
    private Instant? _renewalDeadline;
    private bool _isUnproved;
    private bool _isRenewalRefused;

    private enum Renewal
    {
        None,

        /// <summary>Nothing new is sent; what was sent waits for its PUBACK.</summary>
        Quieting,

        /// <summary>The connection is being changed; devices are not told, their requests wait.</summary>
        Reconnecting,
    }

    /// <summary>While this is true give no publishes in: they wait where they are.</summary>
    public bool IsRenewing => _renewal != Renewal.None;

    /// <summary>
    /// The next transport shows another certificate. A connection that is there is left in order, its MQTT session kept, and made
    /// anew at once. If the broker refuses the other certificate, <see cref="TryTakeRenewalRefused"/> says so.
    /// </summary>
    public void BeginRenewal(Instant now)
    {
        _isUnproved = true;
        _isRenewalRefused = false;
        if (_phase == Phase.Open && _drainDeadline is null)
        {
            _renewal = Renewal.Quieting;
            _renewalDeadline = now + RenewalLimit;
            _events.Enqueue(new BrokerEvent.Renewing(OutstandingCount));
            Follow(now);
        }
        else if (_phase == Phase.Waiting)
        {
            _nextAttempt = now; // the old certificate may be why there is no connection
        }
    }

    /// <summary>Another broker is wanted, with the same certificate: as <see cref="BeginRenewal"/>, but nothing is proved by it.</summary>
    public void BeginMove(Instant now)
    {
        if (_engine.IsConnected && _drainDeadline is null && _renewal == Renewal.None)
        {
            _renewal = Renewal.Quieting;
            _renewalDeadline = now + RenewalLimit;
            _events.Enqueue(new BrokerEvent.Moving(OutstandingCount));
            Follow(now);
        }
    }

    /// <summary>True once when the broker does not take the new certificate: the next transport must show the one before.</summary>
    public bool TryTakeRenewalRefused()
    {
        var isRefused = _isRenewalRefused;
        _isRenewalRefused = false;
        return isRefused;
    }

    private void FollowRenewal(Instant now)
    {
        if (_renewal == Renewal.Quieting && (OutstandingCount == 0 || _renewalDeadline <= now))
        {
            Leave(now, MqttReasonCode.Success);
        }
    }

    private void HandleRenewed()
    {
        if (_isUnproved)
        {
            _events.Enqueue(new BrokerEvent.Renewed());
        }

        _renewal = Renewal.None;
        _renewalDeadline = null;
        _isUnproved = false;
    }

    /// <summary>We left, or the connection was lost before we could: the next one is due at once, without a word to the devices.</summary>
    private void Reconnect(Instant now)
    {
        _renewal = Renewal.Reconnecting;
        _renewalDeadline = null;
        _nextAttempt = now;
    }

    /// <summary>An attempt failed: true when the next one is due at once, without a word to the devices.</summary>
    private bool TryGoOnRenewing(Instant now, ReconnectCause cause)
    {
        if (_isUnproved && _drainDeadline is null && cause is ReconnectCause.Refused or ReconnectCause.Untrusted)
        {
            _isUnproved = false;
            _isRenewalRefused = true;
            _nextAttempt = now;
            _events.Enqueue(new BrokerEvent.RenewalRefused());
            return _renewal == Renewal.Reconnecting;
        }

        _renewal = Renewal.None;
        return false;
    }
}
