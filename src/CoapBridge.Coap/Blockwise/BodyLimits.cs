namespace CoapBridge.Coap;

/// <summary>How much may be held of bodies that go by blocks (RFC 7959 §7.1, §7.2).</summary>
public sealed record BodyLimits
{
    /// <summary>Bytes, for one peer; at least twice the largest body that is taken.</summary>
    public int MaximumPerPeer { get; init; } = 262_144;

    /// <summary>Bodies, for one peer.</summary>
    public int MaximumCountPerPeer { get; init; } = 8;

    /// <summary>Bytes, for all peers.</summary>
    public long Maximum { get; init; } = 33_554_432;

    /// <summary>
    /// How long a transfer may stand still: at least MAX_TRANSMIT_WAIT (93 s), so that a block may be lost and repeated, and
    /// not longer than EXCHANGE_LIFETIME.
    /// </summary>
    public TimeSpan Lifetime { get; init; } = TransmissionParameters.Default.ExchangeLifetime;
}
