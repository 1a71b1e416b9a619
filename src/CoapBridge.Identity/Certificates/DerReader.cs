using System.Formats.Asn1;

namespace CoapBridge.Identity;

/// <summary>
/// Reads DER values one after the other (X.690 §10, §11). A value that is missing, not DER or of another type sets
/// <see cref="Failed"/> for good, so a parser asks once, at its end; nothing is thrown for what a peer sent.
/// Tags are compared as whole identifier octets, which also refuses the constructed strings of BER.
/// </summary>
internal ref struct DerReader(ReadOnlySpan<byte> source)
{
    public const byte Boolean = 0x01;
    public const byte Integer = 0x02;
    public const byte BitString = 0x03;
    public const byte OctetString = 0x04;
    public const byte ObjectIdentifier = 0x06;
    public const byte Utf8String = 0x0C;
    public const byte PrintableString = 0x13;
    public const byte Ia5String = 0x16;
    public const byte UtcTime = 0x17;
    public const byte GeneralizedTime = 0x18;
    public const byte Sequence = 0x30;
    public const byte Set = 0x31;

    private ReadOnlySpan<byte> _rest = source;

    public bool Failed { get; private set; }

    public readonly bool HasMore => !Failed && !_rest.IsEmpty;

    /// <summary>Everything was read and nothing failed.</summary>
    public readonly bool AtEnd => !Failed && _rest.IsEmpty;

    /// <summary>The next identifier octet, or 0 (never a valid one here) when there is none.</summary>
    public readonly byte NextTag => HasMore ? _rest[0] : (byte)0;

    public void Fail() => Failed = true;

    /// <summary>The content octets of the next value, which must have this tag.</summary>
    public ReadOnlySpan<byte> Read(byte tag)
    {
        ReadEncoded(tag, out var content);
        return content;
    }

    /// <summary>The next value with its tag and length.</summary>
    public ReadOnlySpan<byte> ReadEncoded(byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (NextTag != tag
            || !AsnDecoder.TryReadEncodedValue(_rest, AsnEncodingRules.DER, out _, out var offset, out var length, out var consumed))
        {
            Failed = true;
            return default;
        }

        var encoded = _rest[..consumed];
        content = encoded.Slice(offset, length);
        _rest = _rest[consumed..];
        return encoded;
    }

    /// <summary>BOOLEAN DEFAULT FALSE: absent is false; when present it must be TRUE as 0xFF (X.690 §11.1, §11.5).</summary>
    public bool ReadDefaultFalse()
    {
        if (NextTag != Boolean)
        {
            return false;
        }

        if (Read(Boolean) is not [0xFF])
        {
            Failed = true;
        }

        return !Failed;
    }

    /// <summary>The content of a non-negative INTEGER in its shortest form (X.690 §8.3.2); zero is one zero octet.</summary>
    public ReadOnlySpan<byte> ReadUnsigned()
    {
        var content = Read(Integer);
        if (content is [] or [>= 0x80, ..] or [0, < 0x80, ..])
        {
            Failed = true;
        }

        return Failed ? default : content;
    }

    /// <summary>A BIT STRING's octets; unused bits must be zero (X.690 §11.2.1).</summary>
    public ReadOnlySpan<byte> ReadBits(out int unusedBits)
    {
        var content = Read(BitString);
        unusedBits = content.IsEmpty ? 0 : content[0];
        if (content.IsEmpty || unusedBits > 7 || (content.Length == 1 && unusedBits != 0)
            || (content.Length > 1 && (content[^1] & ((1 << unusedBits) - 1)) != 0))
        {
            Failed = true;
            return default;
        }

        return content[1..];
    }

    /// <summary>The octets of a BIT STRING that holds whole octets: keys and signatures.</summary>
    public ReadOnlySpan<byte> ReadWholeBits()
    {
        var octets = ReadBits(out var unused);
        if (unused != 0)
        {
            Failed = true;
        }

        return Failed ? default : octets;
    }

    /// <summary>The content of an OBJECT IDENTIFIER: at most 64 octets, each arc in its shortest form (X.690 §8.19).</summary>
    public ReadOnlySpan<byte> ReadOid()
    {
        var content = Read(ObjectIdentifier);
        if (content.IsEmpty || content.Length > 64 || content[^1] >= 0x80)
        {
            Failed = true;
            return default;
        }

        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] == 0x80 && (i == 0 || content[i - 1] < 0x80))
            {
                Failed = true;
                return default;
            }
        }

        return content;
    }
}
