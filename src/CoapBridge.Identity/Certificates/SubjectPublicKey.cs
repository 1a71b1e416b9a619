namespace CoapBridge.Identity;

/// <summary>What kind of key a certificate holds. Other: anything that no path of ours may use.</summary>
internal enum PublicKeyKind
{
    Other,
    P256,
    P384,
    Rsa,
}

/// <summary>
/// SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }   RFC 5280 §4.1.2.7
/// </summary>
internal sealed class SubjectPublicKey
{
    public required PublicKeyKind Kind { get; init; }

    /// <summary>The whole SubjectPublicKeyInfo: two keys are one when these octets are equal.</summary>
    public required ReadOnlyMemory<byte> Encoded { get; init; }

    /// <summary>The octets of the BIT STRING: a point (RFC 5480 §2.2) or an RSAPublicKey (RFC 3279 §2.3.1).</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>A P-256 or P-384 point in the uncompressed form of the right length. Says nothing about the curve.</summary>
    public bool IsUncompressedPoint => Key.Span is [4, ..] && Key.Length == (Kind == PublicKeyKind.P256 ? 65 : 97);

    public bool Equals(SubjectPublicKey other) => Encoded.Span.SequenceEqual(other.Encoded.Span);

    public static SubjectPublicKey? TryParse(ReadOnlyMemory<byte> encoded)
    {
        var outer = new DerReader(encoded.Span);
        var body = new DerReader(outer.Read(DerReader.Sequence));
        var algorithm = body.ReadEncoded(DerReader.Sequence, out _);
        var key = body.ReadWholeBits();
        if (!outer.AtEnd || !body.AtEnd || key.IsEmpty)
        {
            return null;
        }

        return new() { Kind = Recognise(algorithm), Encoded = encoded, Key = encoded[^key.Length..] };
    }

    // RFC 5480 §2.1.1: only namedCurve; explicit parameters are another octet string and so "Other".
    private static PublicKeyKind Recognise(ReadOnlySpan<byte> algorithm) => algorithm switch
    {
        [0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
            0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07] => PublicKeyKind.P256,
        [0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22] => PublicKeyKind.P384,
        [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00] => PublicKeyKind.Rsa,
        _ => PublicKeyKind.Other,
    };
}
