using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// Answers to hellos, kept for the rest of a turn in memory that was there before: a flood allocates nothing, and what
/// finds no room is a lost datagram.
/// </summary>
internal sealed class StatelessReplies
{
    public const int MaximumLength = 64;

    private const int Capacity = 128;

    private readonly byte[] _bytes = new byte[Capacity * MaximumLength];
    private readonly (NetworkPath Path, int Length)[] _entries = new (NetworkPath, int)[Capacity];
    private int _first;
    private int _count;

    /// <summary>Room for one more; empty when there is none. <see cref="Commit"/> keeps what was written there.</summary>
    public Span<byte> Claim() => _count == Capacity ? default : Slot((_first + _count) % Capacity);

    public void Commit(in NetworkPath path, int length)
    {
        _entries[(_first + _count) % Capacity] = (path, length);
        _count++;
    }

    public bool TryTake(Span<byte> buffer, out NetworkPath path, out int length)
    {
        path = default;
        length = 0;
        if (_count == 0)
        {
            return false;
        }

        (path, length) = _entries[_first];
        Slot(_first)[..length].CopyTo(buffer);
        _first = (_first + 1) % Capacity;
        _count--;
        return true;
    }

    private Span<byte> Slot(int index) => _bytes.AsSpan(index * MaximumLength, MaximumLength);
}
