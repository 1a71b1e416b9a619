namespace CoapBridge.Identity;

/// <summary>What any leaf of ours must be, device or server: a P-256 key that may sign, for the right purpose.</summary>
internal static class LeafRules
{
    // RFC 7252 §9.1.3.3: id-ecPublicKey with namedCurve secp256r1, uncompressed.
    public static Refusal? Check(Certificate leaf)
    {
        var key = leaf.PublicKey;
        if (key.Kind != PublicKeyKind.P256)
        {
            return new(RefusalReason.KeyType, "the key is not on the named curve P-256");
        }

        if (!key.IsUncompressedPoint)
        {
            return key.Key.Span is [2 or 3, ..] && key.Key.Length == 33
                ? new(RefusalReason.KeyType, "the key is a compressed point")
                : new(RefusalReason.Malformed, "the key is not a point");
        }

        return P256Point.IsOnCurve(key.Key.Span) ? null : new(RefusalReason.Malformed, "the key is not a point of P-256");
    }

    // RFC 7252 §9.1.3.3: keyUsage, if included, MUST have digitalSignature; D-1: by default it must be included.
    public static Refusal? CheckKeyUsage(CertificateExtensions extensions, ExtensionDemand demand) => extensions.KeyUsage switch
    {
        null when demand == ExtensionDemand.Required => new(RefusalReason.KeyUsage, "there is no keyUsage; digitalSignature is required"),
        { } usage when !usage.HasFlag(KeyUsages.DigitalSignature) => new(RefusalReason.KeyUsage, "keyUsage lacks digitalSignature"),
        _ => null,
    };

    // DESIGN D-2; anyExtendedKeyUsage names no purpose and so does not count (RFC 5280 §4.2.1.12 leaves that to us).
    public static Refusal? CheckPurpose(CertificateExtensions extensions, KeyPurposes purpose, ExtensionDemand demand)
    {
        var word = purpose == KeyPurposes.ClientAuth ? "clientAuth" : "serverAuth";
        return extensions.ExtendedKeyUsage switch
        {
            null when demand == ExtensionDemand.Required => new(RefusalReason.ExtendedKeyUsage, $"there is no extKeyUsage; {word} is required"),
            { } purposes when !purposes.HasFlag(purpose) => new(RefusalReason.ExtendedKeyUsage, $"extKeyUsage lacks {word}"),
            _ => null,
        };
    }
}
