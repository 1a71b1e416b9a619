namespace CoapBridge.Identity;

/// <summary>
/// What a certificate and a revocation list are alike: SEQUENCE { what is signed SEQUENCE, signatureAlgorithm AlgorithmIdentifier,
/// signatureValue BIT STRING }   RFC 5280 §4.1, §5.1
/// </summary>
internal readonly ref struct SignedSequence
{
    /// <summary>With its tag and length, as the signature covers it.</summary>
    public ReadOnlySpan<byte> Signed { get; private init; }

    /// <summary>The content of <see cref="Signed"/>.</summary>
    public ReadOnlySpan<byte> Fields { get; private init; }

    /// <summary>The AlgorithmIdentifier with its tag and length.</summary>
    public ReadOnlySpan<byte> Algorithm { get; private init; }

    public ReadOnlySpan<byte> Signature { get; private init; }

    /// <summary>False unless it is exactly one, with a signature.</summary>
    public static bool TryParse(ReadOnlySpan<byte> der, out SignedSequence parts)
    {
        var outer = new DerReader(der);
        var body = new DerReader(outer.Read(DerReader.Sequence));
        parts = new()
        {
            Signed = body.ReadEncoded(DerReader.Sequence, out var fields),
            Fields = fields,
            Algorithm = body.ReadEncoded(DerReader.Sequence, out _),
            Signature = body.ReadWholeBits(),
        };
        return outer.AtEnd && body.AtEnd && !parts.Signature.IsEmpty;
    }
}
