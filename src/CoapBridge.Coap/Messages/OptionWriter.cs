using System.Buffers.Binary;
using System.Text;

namespace CoapBridge.Coap;

/// <summary>
/// Writes options (RFC 7252 §3.1) into a caller's span. What does not fit sets <see cref="Failed"/>, which stays set;
/// nothing is written past the end. Options must come in ascending order: anything else is our bug and throws.
/// Pass it on by <c>ref</c>: a copy forgets its place.
/// </summary>
public ref struct OptionWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;
    private int _number;

    /// <summary>Something did not fit.</summary>
    public bool Failed { get; private set; }

    /// <summary>How many bytes have been written.</summary>
    public int Length { get; private set; }

    /// <summary>What has been written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _destination[..Length];

    /// <exception cref="ArgumentOutOfRangeException">The number is lower than the one before.</exception>
    public void Write(OptionNumber number, scoped ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan((int)number, _number, nameof(number));
        var room = _destination[Length..];
        var header = Failed ? 0 : OptionHeader.Write(room, (int)number - _number, value.Length);
        if (header == 0 || value.Length > room.Length - header)
        {
            Failed = true;
            return;
        }

        value.CopyTo(room[header..]);
        Length += header + value.Length;
        _number = (int)number;
    }

    /// <summary>A uint option in its shortest form; 0 is no bytes (RFC 7252 §3.2).</summary>
    public void Write(OptionNumber number, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        Write(number, bytes.TrimStart((byte)0));
    }

    /// <summary>A string option of at most 1,034 bytes of UTF-8.</summary>
    public void Write(OptionNumber number, string value)
    {
        Span<byte> bytes = stackalloc byte[1034];
        if (Encoding.UTF8.TryGetBytes(value, bytes, out var length))
        {
            Write(number, bytes[..length]);
        }
        else
        {
            Failed = true;
        }
    }
}
