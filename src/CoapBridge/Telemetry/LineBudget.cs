using CoapBridge.Wire;

namespace CoapBridge.Telemetry;

/// <summary>At most so many lines a second, in seconds of the monotonic clock; tells how many were left out.</summary>
internal sealed class LineBudget
{
    private const int PerSecond = 100;

    private long _second = long.MinValue;
    private int _taken;
    private long _suppressed;

    /// <summary>Whether one more line may be written now.</summary>
    /// <param name="now">The present.</param>
    /// <param name="suppressed">Lines left out since the last time this was not 0.</param>
    public bool TryTake(Instant now, out long suppressed)
    {
        suppressed = 0;
        var second = now.Ticks / TimeSpan.TicksPerSecond;
        if (second != _second)
        {
            (_second, _taken) = (second, 0);
            (suppressed, _suppressed) = (_suppressed, 0);
        }

        if (_taken == PerSecond)
        {
            _suppressed++;
            return false;
        }

        _taken++;
        return true;
    }
}
