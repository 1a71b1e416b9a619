using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Tools.Pki;

/// <summary>What a certificate shall say. The defaults are those of a device that is let in.</summary>
public sealed record CertificateOptions
{
    public string? CommonName { get; init; }

    /// <summary>The whole subject; wins over <see cref="CommonName"/>.</summary>
    public X500DistinguishedName? Subject { get; init; }

    public KeyKind Key { get; init; } = KeyKind.P256;

    /// <summary>A public key to certify instead of a new one; the result then has no private key.</summary>
    public PublicKey? PublicKey { get; init; }

    /// <summary>Default: 1 h before the CA's "now".</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Default: a year after the CA's "now"; for a CA ten years.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Null: no KeyUsage.</summary>
    public X509KeyUsageFlags? KeyUsage { get; init; } = X509KeyUsageFlags.DigitalSignature;

    /// <summary>Dotted identifiers; null: no ExtendedKeyUsage.</summary>
    public IReadOnlyList<string>? ExtendedKeyUsage { get; init; } = [CertificatePurposes.ClientAuth];

    /// <summary>Null: no BasicConstraints; true or false: with that cA.</summary>
    public bool? IsCa { get; init; }

    public int? PathLength { get; init; }

    public IReadOnlyList<string> DnsNames { get; init; } = [];

    public IReadOnlyList<IPAddress> IpAddresses { get; init; } = [];

    public IReadOnlyList<X509Extension> OtherExtensions { get; init; } = [];

    public HashAlgorithmName Hash { get; init; } = HashAlgorithmName.SHA256;

    /// <summary>Null: 16 random octets, positive.</summary>
    public byte[]? SerialNumber { get; init; }

    /// <summary>SubjectKeyIdentifier and AuthorityKeyIdentifier.</summary>
    public bool KeyIdentifiers { get; init; } = true;
}
