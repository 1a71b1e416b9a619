using System.Buffers.Binary;

namespace CoapBridge.Wire;

/// <summary>
/// Writes big-endian fields into a caller's span. What does not fit sets <see cref="Failed"/>, which stays set; nothing
/// is then written past the end. An open vector's length holds 0xFF bytes until it is closed, so that a half-written
/// one is never plausibly short.
/// </summary>
public ref struct WireWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>Something did not fit.</summary>
    public bool Failed { get; private set; }

    /// <summary>How many bytes have been written.</summary>
    public int Length { get; private set; }

    /// <summary>What has been written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _destination[..Length];

    public void WriteUInt8(byte value)
    {
        if (Claim(1) is { Length: 1 } room)
        {
            room[0] = value;
        }
    }

    public void WriteUInt16(ushort value)
    {
        if (Claim(2) is { Length: 2 } room)
        {
            BinaryPrimitives.WriteUInt16BigEndian(room, value);
        }
    }

    public void WriteUInt24(int value)
    {
        if (Claim(3) is { Length: 3 } room)
        {
            PutUInt24(room, value);
        }
    }

    public void WriteUInt32(uint value)
    {
        if (Claim(4) is { Length: 4 } room)
        {
            BinaryPrimitives.WriteUInt32BigEndian(room, value);
        }
    }

    /// <summary>A 48-bit number (DTLS sequence numbers, RFC 6347 §4.1).</summary>
    public void WriteUInt48(ulong value)
    {
        WriteUInt16((ushort)(value >> 32));
        WriteUInt32((uint)value);
    }

    public void WriteUInt64(ulong value)
    {
        if (Claim(8) is { Length: 8 } room)
        {
            BinaryPrimitives.WriteUInt64BigEndian(room, value);
        }
    }

    public void WriteBytes(scoped ReadOnlySpan<byte> bytes)
    {
        if (Claim(bytes.Length) is var room && room.Length == bytes.Length)
        {
            bytes.CopyTo(room);
        }
    }

    public void WriteVector8(scoped ReadOnlySpan<byte> bytes)
    {
        var open = OpenVector8();
        WriteBytes(bytes);
        Close(open);
    }

    public void WriteVector16(scoped ReadOnlySpan<byte> bytes)
    {
        var open = OpenVector16();
        WriteBytes(bytes);
        Close(open);
    }

    /// <summary>Begins a vector with a length of 1 byte; give the result to <see cref="Close"/>.</summary>
    public OpenVector OpenVector8() => Open(1);

    /// <summary>Begins a vector with a length of 2 bytes; give the result to <see cref="Close"/>.</summary>
    public OpenVector OpenVector16() => Open(2);

    /// <summary>Begins a vector with a length of 3 bytes; give the result to <see cref="Close"/>.</summary>
    public OpenVector OpenVector24() => Open(3);

    /// <summary>Writes the length of an open vector.</summary>
    public void Close(OpenVector open)
    {
        if (Failed)
        {
            return;
        }

        var length = Length - open.Start - open.Prefix;
        if (length >> (8 * open.Prefix) != 0)
        {
            Failed = true;
            return;
        }

        var prefix = _destination.Slice(open.Start, open.Prefix);
        for (var index = open.Prefix - 1; index >= 0; index--, length >>= 8)
        {
            prefix[index] = (byte)length;
        }
    }

    /// <summary>Takes back an open vector and everything after its start.</summary>
    public void Undo(OpenVector open) => Length = open.Start;

    private OpenVector Open(int prefix)
    {
        var start = Length;
        Claim(prefix).Fill(0xFF);
        return new OpenVector(start, prefix);
    }

    private Span<byte> Claim(int length)
    {
        if (Failed || length > _destination.Length - Length)
        {
            Failed = true;
            return default;
        }

        var room = _destination.Slice(Length, length);
        Length += length;
        return room;
    }

    private static void PutUInt24(Span<byte> room, int value)
    {
        room[0] = (byte)(value >> 16);
        room[1] = (byte)(value >> 8);
        room[2] = (byte)value;
    }

    /// <summary>Where an unfinished vector's length stands.</summary>
    public readonly record struct OpenVector(int Start, int Prefix);
}
