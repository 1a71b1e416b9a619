using CoapBridge.Wire;

namespace CoapBridge.Mqtt.Session;

/// <summary>
/// Keep Alive (MQTT 5 §3.1.2.10): a PINGREQ when nothing else was sent for three quarters of the interval, so that one
/// is always within it [MQTT-3.1.2-20]; also when acknowledgements are due and nothing at all came for a whole
/// interval. No PINGRESP within <see cref="MqttLimits.PingTimeout"/>: the connection is dead.
/// </summary>
internal sealed class KeepAlive
{
    private TimeSpan _interval;
    private Instant _lastSent, _lastReceived;
    private Instant? _pingSent;

    /// <summary>Begins anew; an interval of zero turns it off.</summary>
    public void Start(Instant now, TimeSpan interval)
    {
        _interval = interval;
        _lastSent = _lastReceived = now;
        _pingSent = null;
    }

    public void NoteSent(Instant now) => _lastSent = now;

    public void NoteReceived(Instant now) => _lastReceived = now;

    /// <summary>Counts from the first PINGREQ that has no answer.</summary>
    public void NotePingSent(Instant now) => _pingSent ??= now;

    /// <summary>One that we did not ask for changes nothing.</summary>
    public void NotePingResponse() => _pingSent = null;

    /// <summary>A PINGREQ is due.</summary>
    public bool MustPing(Instant now, bool awaitsAcknowledgements) => PingDeadline(awaitsAcknowledgements) <= now;

    /// <summary>The PINGRESP did not come.</summary>
    public bool IsDead(Instant now) => _pingSent + MqttLimits.PingTimeout <= now;

    /// <summary>When to ask again.</summary>
    public Instant? Deadline(bool awaitsAcknowledgements) => Instant.Earliest(PingDeadline(awaitsAcknowledgements), _pingSent + MqttLimits.PingTimeout);

    private Instant? PingDeadline(bool awaitsAcknowledgements)
    {
        if (_interval == TimeSpan.Zero)
        {
            return null;
        }

        // While a PINGRESP is out, a second PINGREQ only for the sake of the server's timer.
        var idle = _lastSent + (_interval * 0.75);
        return awaitsAcknowledgements && _pingSent is null ? Instant.Earliest(idle, _lastReceived + _interval) : idle;
    }
}
