using System.Buffers.Binary;

namespace CoapBridge.Coap;

/// <summary>A token of 0 to 8 bytes as a value (RFC 7252 §5.3.1). Equal only when length and bytes are.</summary>
public readonly record struct Token
{
    private readonly ulong _bytes;
    private readonly byte _length;

    /// <exception cref="ArgumentException">More than 8 bytes.</exception>
    public Token(ReadOnlySpan<byte> token)
    {
        Span<byte> padded = stackalloc byte[CoapMessage.MaxTokenLength];
        padded.Clear();
        token.CopyTo(padded);
        _bytes = BinaryPrimitives.ReadUInt64BigEndian(padded);
        _length = (byte)token.Length;
    }

    internal Token(ulong bytes, byte length) => (_bytes, _length) = (bytes, length);

    /// <summary>0 to 8.</summary>
    public int Length => _length;

    /// <summary>Writes its bytes to the front of a span that has room for them.</summary>
    public void CopyTo(Span<byte> destination)
    {
        Span<byte> padded = stackalloc byte[CoapMessage.MaxTokenLength];
        BinaryPrimitives.WriteUInt64BigEndian(padded, _bytes);
        padded[.._length].CopyTo(destination);
    }

    internal void Deconstruct(out ulong bytes, out byte length) => (bytes, length) = (_bytes, _length);
}
