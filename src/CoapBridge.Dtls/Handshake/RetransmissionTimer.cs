using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake;

/// <summary>
/// When a flight is sent again: after the initial value, doubled each time up to 60 s, six times at most
/// (RFC 6347 §4.2.4.1; DESIGN D-18).
/// </summary>
internal sealed class RetransmissionTimer(TimeSpan initial)
{
    private const int MaximumRetransmissions = 6;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private readonly TimeSpan _initial = initial;
    private TimeSpan _timeout = initial;
    private Instant _lastSent;

    public Instant? Deadline { get; private set; }

    /// <summary>How often this flight was sent again.</summary>
    public int Retransmissions { get; private set; }

    /// <summary>A new flight leaves.</summary>
    public void Start(Instant now)
    {
        _timeout = _initial;
        Retransmissions = 0;
        Arm(now);
    }

    public void Stop() => Deadline = null;

    /// <summary>The flight that waits for an answer waits on: the same one, after a pause of ours.</summary>
    public void Resume(Instant now) => Arm(now);

    /// <summary>The time-out ran: true when the flight is to be sent again, false when there were enough.</summary>
    public bool TryRetransmit(Instant now)
    {
        if (Retransmissions == MaximumRetransmissions)
        {
            Deadline = null;
            return false;
        }

        Retransmissions++;
        _timeout = _timeout * 2 < Ceiling ? _timeout * 2 : Ceiling;
        Arm(now);
        return true;
    }

    /// <summary>The peer sent its flight again: answered at most once in half a time-out (REQUIREMENTS 1.83).</summary>
    public bool TryAnswerRetransmission(Instant now)
    {
        if (now - _lastSent < _timeout / 2)
        {
            return false;
        }

        _lastSent = now;
        return true;
    }

    private void Arm(Instant now)
    {
        _lastSent = now;
        Deadline = now + _timeout;
    }
}
