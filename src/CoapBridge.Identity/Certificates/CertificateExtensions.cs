namespace CoapBridge.Identity;

/// <summary>What the extensions of one certificate say (RFC 5280 §4.2.1). Absent is null.</summary>
internal sealed class CertificateExtensions
{
    public static CertificateExtensions None { get; } = new();

    public BasicConstraints? BasicConstraints { get; internal set; }

    public KeyUsages? KeyUsage { get; internal set; }

    public KeyPurposes? ExtendedKeyUsage { get; internal set; }

    public SubjectAltName? SubjectAltName { get; internal set; }

    public ReadOnlyMemory<byte>? SubjectKeyIdentifier { get; internal set; }

    public ReadOnlyMemory<byte>? AuthorityKeyIdentifier { get; internal set; }

    public bool HasNameConstraints { get; internal set; }

    /// <summary>The first critical extension that this room does not process, dotted; null when there is none.</summary>
    public string? UnprocessedCritical { get; internal set; }

    public bool IsCa => BasicConstraints is { IsCa: true };
}

/// <summary>BasicConstraints, RFC 5280 §4.2.1.9.</summary>
internal sealed record BasicConstraints(bool IsCa, int? PathLength, bool IsCritical);

/// <summary>The parts of subjectAltName that name a device or a server (RFC 5280 §4.2.1.6); other forms are read over.</summary>
internal sealed record SubjectAltName(
    IReadOnlyList<ReadOnlyMemory<byte>> DnsNames, IReadOnlyList<ReadOnlyMemory<byte>> IpAddresses, IReadOnlyList<ReadOnlyMemory<byte>> Uris);
