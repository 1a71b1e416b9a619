using System.Buffers.Binary;

namespace CoapBridge.Wire;

/// <summary>
/// Reads big-endian fields from a borrowed span. A short read sets <see cref="Failed"/>, which stays set, so a parser
/// checks once, at its end, with <see cref="AtEnd"/>. Pass it on by <c>ref</c>: a copy forgets its place.
/// Loops must test <see cref="HasMore"/>, which is false after a failure.
/// </summary>
public ref struct WireReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    /// <summary>A read went past the end, or a vector was shorter than its minimum.</summary>
    public bool Failed { get; private set; }

    /// <summary>Everything was read and nothing failed: trailing bytes are an error.</summary>
    public readonly bool AtEnd => !Failed && _rest.IsEmpty;

    /// <summary>Bytes are left and nothing failed.</summary>
    public readonly bool HasMore => !Failed && !_rest.IsEmpty;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _rest.Length;

    public byte ReadUInt8() => Take(1) is [var value] ? value : (byte)0;

    public ushort ReadUInt16() => Take(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (ushort)0;

    public int ReadUInt24() => Take(3) is [var high, var middle, var low] ? (high << 16) | (middle << 8) | low : 0;

    public uint ReadUInt32() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;

    /// <summary>A 48-bit number (DTLS sequence numbers, RFC 6347 §4.1).</summary>
    public ulong ReadUInt48() => ((ulong)ReadUInt16() << 32) | ReadUInt32();

    public ulong ReadUInt64() => Take(8) is { Length: 8 } bytes ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;

    public ReadOnlySpan<byte> ReadBytes(int length) => Take(length);

    /// <summary><c>opaque x&lt;minimum..2^8-1&gt;</c> (RFC 5246 §4.3).</summary>
    public ReadOnlySpan<byte> ReadVector8(int minimum = 0) => Vector(ReadUInt8(), minimum);

    /// <summary><c>opaque x&lt;minimum..2^16-1&gt;</c> (RFC 5246 §4.3).</summary>
    public ReadOnlySpan<byte> ReadVector16(int minimum = 0) => Vector(ReadUInt16(), minimum);

    /// <summary><c>opaque x&lt;minimum..2^24-1&gt;</c> (RFC 5246 §4.3).</summary>
    public ReadOnlySpan<byte> ReadVector24(int minimum = 0) => Vector(ReadUInt24(), minimum);

    /// <summary>Everything that is left.</summary>
    public ReadOnlySpan<byte> ReadRest() => Take(_rest.Length);

    /// <summary>Marks the input as refused, for a rule that lengths alone do not express.</summary>
    public void Fail() => Failed = true;

    private ReadOnlySpan<byte> Vector(int length, int minimum)
    {
        if (length < minimum)
        {
            Failed = true;
        }

        return Take(length);
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (Failed || (uint)length > (uint)_rest.Length)
        {
            Failed = true;
            return default;
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
