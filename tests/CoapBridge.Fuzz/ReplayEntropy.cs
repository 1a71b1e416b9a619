using CoapBridge.Wire;

namespace CoapBridge.Fuzz;

/// <summary>Random bytes that are the same in every session.</summary>
internal sealed class ReplayEntropy(int seed) : IEntropy
{
    private Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);

    public void Reset() => _random = new Random(seed);
}
