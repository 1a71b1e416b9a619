namespace CoapBridge.Identity;

/// <summary>
/// One copy of the issuers that many devices have: the intermediates that they send along, and the anchor. Only what a CA of
/// ours has signed gets in; a newcomer takes the place of whoever had its slot, so nothing grows and nobody waits. For any
/// number of threads at once.
/// </summary>
internal sealed class SharedIssuers
{
    /// <summary>A power of two: far more than a fleet has issuing CAs.</summary>
    private const int Slots = 256;

    private readonly byte[][]?[] _slots = new byte[Slots][][];

    /// <summary>The certificates themselves, or the same ones of an earlier device.</summary>
    public byte[][] Share(byte[][] issuers)
    {
        // A certificate ends with its signature: bytes that are as good as random.
        ref var slot = ref _slots[issuers[0][^1] & (Slots - 1)];
        if (Volatile.Read(ref slot) is { } known && AreSame(known, issuers))
        {
            return known;
        }

        Volatile.Write(ref slot, issuers);
        return issuers;
    }

    private static bool AreSame(byte[][] left, byte[][] right) =>
        left.Length == right.Length && left.Zip(right).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
}
