using CoapBridge.Wire;

namespace CoapBridge.Mqtt;

/// <summary>
/// When to try the broker again: 1 s, doubled with each failure up to the cap of the cause, then shortened by up to half
/// at random, so that gateways that lost one broker do not come back in step. A connection that was stable for 30 s
/// starts the count anew; after a take-over it must have been stable for the whole 300 s, or two gateways of one Client
/// Identifier would, once their waits exceed 30 s, chase each other from the start again.
/// </summary>
public sealed class ReconnectSchedule(IEntropy entropy)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(30);
    private int _failures;
    private Instant? _acceptedAt;

    /// <summary>The broker has accepted the connection (CONNACK 0x00).</summary>
    public void HandleAccepted(Instant now) => _acceptedAt = now;

    /// <summary>An attempt failed or a connection ended; the result is when to try next. Only one attempt at a time.</summary>
    public Instant HandleEnded(Instant now, ReconnectCause cause)
    {
        if (now - _acceptedAt >= (cause == ReconnectCause.TakenOver ? CapOf(cause) : Stable))
        {
            _failures = 0;
        }

        _acceptedAt = null;
        var doubled = First * (1 << Math.Min(_failures, 16));
        _failures++;
        var cap = CapOf(cause);
        return now + Shorten(doubled < cap ? doubled : cap);
    }

    private static TimeSpan CapOf(ReconnectCause cause) => TimeSpan.FromSeconds(cause switch
    {
        ReconnectCause.Refused or ReconnectCause.Untrusted => 60,
        ReconnectCause.TakenOver => 300,
        _ => 5,
    });

    private TimeSpan Shorten(TimeSpan delay)
    {
        Span<byte> random = stackalloc byte[2];
        entropy.Fill(random);
        return delay - (delay / 2 * (((random[0] << 8) | random[1]) / 65536.0));
    }
}
