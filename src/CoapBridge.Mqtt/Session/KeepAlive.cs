using CoapBridge.Wire;

namespace CoapBridge.Mqtt.Session;

/// <summary>
/// Keep Alive (MQTT 5 §3.1.2.10): a PINGREQ when nothing else was sent for three quarters of the interval, so that one
/// is always within it [MQTT-3.1.2-20]; also when acknowledgements are due and nothing at all came for a whole
/// interval. No PINGRESP within <see cref="MqttLimits.PingTimeout"/>: the connection is dead.
/// </summary>
internal sealed class KeepAlive
{
    private readonly Queue<ulong> _pings = new();
    private TimeSpan _interval;
    private Instant _lastSent, _lastReceived;
    private Instant? _unanswered;

    /// <summary>Begins anew; an interval of zero turns it off.</summary>
    public void Start(Instant now, TimeSpan interval)
    {
        _interval = interval;
        _lastSent = _lastReceived = now;
        _unanswered = null;
        _pings.Clear();
    }

    public void NoteSent(Instant now) => _lastSent = now;

    public void NoteReceived(Instant now) => _lastReceived = now;

    /// <summary>A PINGREQ goes out. The time counts from the first that has no answer.</summary>
    /// <param name="now">The present.</param>
    /// <param name="ticket">Comes back with the PINGRESP; 0: nobody waits for it.</param>
    public void NotePingSent(Instant now, ulong ticket)
    {
        _pings.Enqueue(ticket);
        _unanswered ??= now;
    }

    /// <summary>The ticket of the oldest PINGREQ; a PINGRESP that we did not ask for changes nothing.</summary>
    public ulong NotePingResponse(Instant now)
    {
        if (!_pings.TryDequeue(out var ticket))
        {
            return 0;
        }

        _unanswered = _pings.Count > 0 ? now : null;
        return ticket;
    }

    /// <summary>A PINGREQ is due.</summary>
    public bool MustPing(Instant now, bool awaitsAcknowledgements) => PingDeadline(awaitsAcknowledgements) <= now;

    /// <summary>The PINGRESP did not come.</summary>
    public bool IsDead(Instant now) => _unanswered + MqttLimits.PingTimeout <= now;

    /// <summary>When to ask again.</summary>
    public Instant? Deadline(bool awaitsAcknowledgements) =>
        Instant.Earliest(PingDeadline(awaitsAcknowledgements), _unanswered + MqttLimits.PingTimeout);

    private Instant? PingDeadline(bool awaitsAcknowledgements)
    {
        if (_interval == TimeSpan.Zero)
        {
            return null;
        }

        // While a PINGRESP is out, a second PINGREQ only for the sake of the server's timer.
        var idle = _lastSent + (_interval * 0.75);
        return awaitsAcknowledgements && _unanswered is null ? Instant.Earliest(idle, _lastReceived + _interval) : idle;
    }
}
