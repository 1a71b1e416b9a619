using CoapBridge.Wire;

namespace CoapBridge.Dtls.Crypto;

/// <summary>
/// <c>Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }</c> (RFC 3279 §2.2.3), in DER and no other form. The platform
/// reads a negative r or s as if it were positive, which gives one signature two encodings; this does not.
/// </summary>
internal static class EcdsaSignature
{
    /// <summary>r and s of secp256r1, 32 bytes each.</summary>
    public const int FixedLength = 2 * Coordinate;

    private const int Coordinate = 32;
    private const byte SequenceTag = 0x30;
    private const byte IntegerTag = 0x02;

    /// <summary>False for whatever is not strict DER of two positive numbers of at most 256 bits.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> der, Span<byte> fixedLength)
    {
        var reader = new WireReader(der);
        return reader.ReadUInt8() == SequenceTag
            && reader.ReadUInt8() == reader.Remaining
            && TryReadInteger(ref reader, fixedLength[..Coordinate])
            && TryReadInteger(ref reader, fixedLength.Slice(Coordinate, Coordinate))
            && reader.AtEnd;
    }

    private static bool TryReadInteger(scoped ref WireReader reader, Span<byte> destination)
    {
        var isInteger = reader.ReadUInt8() == IntegerTag;
        var bytes = reader.ReadVector8(minimum: 1);
        if (!isInteger || reader.Failed || bytes[0] >= 0x80)
        {
            return false;
        }

        if (bytes[0] == 0)
        {
            // A leading zero is there to keep a number positive, and for nothing else; zero itself is no r and no s.
            if (bytes.Length == 1 || bytes[1] < 0x80)
            {
                return false;
            }

            bytes = bytes[1..];
        }

        if (bytes.Length > destination.Length)
        {
            return false;
        }

        destination.Clear();
        bytes.CopyTo(destination[^bytes.Length..]);
        return true;
    }
}
