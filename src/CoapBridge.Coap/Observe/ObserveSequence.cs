using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>Which of two notifications is the newer one (RFC 7641 §3.4).</summary>
internal static class ObserveSequence
{
    private const uint Half = 1 << 23;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(128);

    /// <param name="last">The value of the newest one so far.</param>
    /// <param name="lastAt">When it came.</param>
    /// <param name="value">Of the one that came now.</param>
    /// <param name="now">The present.</param>
    public static bool IsNewer(uint last, Instant lastAt, uint value, Instant now) =>
        (last < value && value - last < Half) || (last > value && last - value > Half) || now > lastAt + Fresh;
}
