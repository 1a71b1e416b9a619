using System.Buffers.Binary;

namespace CoapBridge.Gateway;

/// <summary>
/// A Connection ID of ours as a key: at most 20 bytes, all of one length (DESIGN D-16). We chose its bytes at random, so
/// they are their own hash.
/// </summary>
internal readonly record struct ConnectionIdKey(ulong First, ulong Second, uint Third)
{
    /// <summary>The longest that may be configured.</summary>
    public const int MaximumLength = 20;

    public static ConnectionIdKey Of(ReadOnlySpan<byte> connectionId)
    {
        Span<byte> padded = stackalloc byte[MaximumLength];
        padded.Clear();
        connectionId.CopyTo(padded);
        return new(
            BinaryPrimitives.ReadUInt64BigEndian(padded), BinaryPrimitives.ReadUInt64BigEndian(padded[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(padded[16..]));
    }

    public override int GetHashCode() => (int)First ^ (int)(First >> 32) ^ (int)Second;
}
