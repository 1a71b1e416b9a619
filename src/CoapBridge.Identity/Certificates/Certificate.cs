namespace CoapBridge.Identity;

/// <summary>
/// One parsed certificate. Immutable; its parts are views of the octets it was parsed from, which must not change.
/// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }   RFC 5280 §4.1
/// </summary>
internal sealed class Certificate
{
    public required ReadOnlyMemory<byte> Encoded { get; init; }

    /// <summary>The octets that the signature covers.</summary>
    public required ReadOnlyMemory<byte> TbsCertificate { get; init; }

    /// <summary>Big-endian, 1 to 20 octets, positive.</summary>
    public required ReadOnlyMemory<byte> SerialNumber { get; init; }

    public required DistinguishedName Issuer { get; init; }

    public required DistinguishedName Subject { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset NotAfter { get; init; }

    public required SubjectPublicKey PublicKey { get; init; }

    public required SignatureAlgorithm SignatureAlgorithm { get; init; }

    public required ReadOnlyMemory<byte> Signature { get; init; }

    public required CertificateExtensions Extensions { get; init; }

    /// <summary>RFC 5280 §6.1: issuer and subject are the same name (a CA that rolls its key).</summary>
    public bool IsSelfIssued => Issuer.Equals(Subject);

    /// <summary>Null when the octets are not exactly one certificate of this profile; <paramref name="fault"/> says why.</summary>
    public static Certificate? TryParse(ReadOnlyMemory<byte> der, out string fault) => CertificateParser.TryParse(der, out fault);
}
