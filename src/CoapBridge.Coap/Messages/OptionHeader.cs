using System.Buffers.Binary;

namespace CoapBridge.Coap;

/// <summary>
/// The one reader of an option's bytes (RFC 7252 §3.1, Figure 8).
/// <code>
///   0   1   2   3   4   5   6   7
/// +---------------+---------------+
/// | Option Delta  | Option Length |   1 byte
/// +---------------+---------------+
/// /         Option Delta          /   0-2 bytes (13: one byte, minus 13; 14: two bytes, minus 269)
/// /         Option Length         /   0-2 bytes (the same)
/// /         Option Value          /   0 or more bytes
/// +-------------------------------+
/// </code>
/// </summary>
internal static class OptionHeader
{
    private const int OneByte = 13;
    private const int TwoBytes = 14;
    private const int Reserved = 15;
    private const int OneByteBias = 13;
    private const int TwoBytesBias = 269;

    /// <summary>Takes one option off a span that is not empty and does not begin with the payload marker.</summary>
    public static CoapFault TryTake(scoped ref ReadOnlySpan<byte> rest, scoped ref int number, out ReadOnlySpan<byte> value)
    {
        value = default;
        int delta = rest[0] >> 4;
        int length = rest[0] & 0x0F;
        rest = rest[1..];
        if (delta == Reserved || length == Reserved)
        {
            return CoapFault.OptionNibble;
        }

        if (!TryExtend(ref rest, ref delta) || !TryExtend(ref rest, ref length))
        {
            return CoapFault.OptionOverflow;
        }

        number += delta;
        if (number > ushort.MaxValue)
        {
            return CoapFault.OptionNumberOverflow;
        }

        if (length > rest.Length)
        {
            return CoapFault.OptionOverflow;
        }

        value = rest[..length];
        rest = rest[length..];
        return CoapFault.None;
    }

    /// <summary>Writes one option's header; returns its length, or 0 when it does not fit.</summary>
    public static int Write(Span<byte> destination, int delta, int length)
    {
        var needed = 1 + ExtensionSize(delta) + ExtensionSize(length);
        if (needed > destination.Length)
        {
            return 0;
        }

        destination[0] = (byte)((Nibble(delta) << 4) | Nibble(length));
        WriteExtension(destination[1..], delta);
        WriteExtension(destination[(1 + ExtensionSize(delta))..], length);
        return needed;
    }

    private static bool TryExtend(ref ReadOnlySpan<byte> rest, ref int field)
    {
        switch (field)
        {
            case OneByte when rest.Length >= 1:
                field = rest[0] + OneByteBias;
                rest = rest[1..];
                return true;
            case TwoBytes when rest.Length >= 2:
                field = BinaryPrimitives.ReadUInt16BigEndian(rest) + TwoBytesBias;
                rest = rest[2..];
                return true;
            default:
                return field < OneByte;
        }
    }

    private static int Nibble(int field) => field < OneByteBias ? field : field < TwoBytesBias ? OneByte : TwoBytes;

    private static int ExtensionSize(int field) => field < OneByteBias ? 0 : field < TwoBytesBias ? 1 : 2;

    private static void WriteExtension(Span<byte> destination, int field)
    {
        if (ExtensionSize(field) == 1)
        {
            destination[0] = (byte)(field - OneByteBias);
        }
        else if (ExtensionSize(field) == 2)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(field - TwoBytesBias));
        }
    }
}
