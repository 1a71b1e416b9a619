namespace CoapBridge.Wire;

/// <summary>
/// Where an engine's random bytes come from: the operating system in the worker, a seed in the simulator. A source
/// that cannot deliver throws; an engine never goes on with bytes that it did not get.
/// </summary>
public interface IEntropy
{
    /// <summary>Fills all of <paramref name="destination"/> with unpredictable bytes.</summary>
    void Fill(Span<byte> destination);
}
