using CoapBridge.Wire;

namespace CoapBridge.Simulation;

/// <summary>Random bytes that a seed repeats.</summary>
public sealed class SeededEntropy(int seed) : IEntropy
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> destination) => _random.NextBytes(destination);
}
