using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Tools.Pki;

/// <summary>A small CA for demos and tests: issues what it is asked for, good or bad.</summary>
public sealed class CertificateAuthority
{
    private readonly X500DistinguishedName _name;
    private readonly X509SubjectKeyIdentifierExtension _keyIdentifier;
    private readonly DateTimeOffset _now;

    private CertificateAuthority(
        IssuedCertificate certificate, X500DistinguishedName name, X509SubjectKeyIdentifierExtension keyIdentifier, DateTimeOffset now)
    {
        Certificate = certificate;
        _name = name;
        _keyIdentifier = keyIdentifier;
        _now = now;
    }

    /// <summary>The CA's own certificate and key.</summary>
    public IssuedCertificate Certificate { get; }

    /// <summary>A self-signed CA. Default options: P-256, cA critical with path length 1, keyCertSign and cRLSign, ten years.</summary>
    public static CertificateAuthority CreateRoot(string commonName, DateTimeOffset now, CertificateOptions? options = null)
    {
        var wanted = options ?? CaOptions(pathLength: 1);
        return Make(null, wanted with { CommonName = wanted.CommonName ?? commonName }, now);
    }

    /// <summary>A CA that was made before.</summary>
    /// <exception cref="CryptographicException">Not a CA's certificate, or not its key.</exception>
    public static CertificateAuthority Load(string certificatePem, string keyPem, DateTimeOffset now)
    {
        using var certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
        {
            throw new CryptographicException($"{certificate.Subject} is not a CA");
        }

        using AsymmetricAlgorithm? key = certificate.GetECDsaPrivateKey() ?? (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey();
        var identifier = certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()
            ?? new X509SubjectKeyIdentifierExtension(certificate.PublicKey, critical: false);
        return new(new(certificate.RawData, key!.ExportPkcs8PrivateKey()), certificate.SubjectName, identifier, now);
    }

    /// <summary>What a CA's certificate says by default.</summary>
    public static CertificateOptions CaOptions(int? pathLength = null) => new()
    {
        IsCa = true,
        PathLength = pathLength,
        KeyUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign,
        ExtendedKeyUsage = null,
    };

    /// <summary>A CA below this one.</summary>
    public CertificateAuthority CreateIntermediate(string commonName, CertificateOptions? options = null)
    {
        var wanted = options ?? CaOptions();
        return Make(this, wanted with { CommonName = wanted.CommonName ?? commonName }, _now);
    }

    /// <summary>A certificate signed by this CA.</summary>
    public IssuedCertificate Issue(CertificateOptions options) => Make(this, options, _now).Certificate;

    /// <summary>A complete list of revoked certificates, all revoked just now.</summary>
    /// <param name="serialNumbers">Big-endian, positive.</param>
    /// <param name="thisUpdate">When it is made.</param>
    /// <param name="nextUpdate">When the next one is due.</param>
    /// <param name="number">Its cRLNumber, which grows from list to list.</param>
    public byte[] IssueRevocationList(
        IEnumerable<byte[]> serialNumbers, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, long number = 1) =>
        IssueRevocationList(thisUpdate, nextUpdate, number, serialNumbers.Select(serial => new RevokedCertificate(serial, thisUpdate, null)));

    /// <summary>A complete list of revoked certificates in DER (RFC 5280 §5), signed by this CA.</summary>
    public byte[] IssueRevocationList(
        DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, long number, IEnumerable<RevokedCertificate> revoked)
    {
        ArgumentNullException.ThrowIfNull(revoked);
        var builder = new CertificateRevocationListBuilder();
        foreach (var entry in revoked)
        {
            // An INTEGER's first bit is its sign.
            builder.AddEntry(entry.SerialNumber is [>= 0x80, ..] ? [0, .. entry.SerialNumber] : entry.SerialNumber, entry.Since, entry.Reason);
        }

        using var key = OpenKey();
        return builder.Build(
            _name, Generator(key), number, nextUpdate, HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(_keyIdentifier), thisUpdate);
    }

    private static CertificateAuthority Make(CertificateAuthority? issuer, CertificateOptions options, DateTimeOffset now)
    {
        using var key = options.PublicKey is null ? CreateKey(options.Key) : null;
        var subject = options.Subject ?? Name(options.CommonName);
        var publicKey = options.PublicKey ?? (key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key!));
        var request = new CertificateRequest(subject, publicKey, options.Hash);
        var keyIdentifier = new X509SubjectKeyIdentifierExtension(publicKey, critical: false);
        AddExtensions(request, options, keyIdentifier, issuer?._keyIdentifier ?? keyIdentifier);
        using var issuerKey = issuer?.OpenKey();
        using var certificate = request.Create(
            issuer?._name ?? subject,
            Generator(issuerKey ?? key),
            options.NotBefore ?? now.AddHours(-1),
            options.NotAfter ?? now.AddYears(options.IsCa == true ? 10 : 1),
            options.SerialNumber ?? NewSerialNumber());
        return new(new(certificate.RawData, key?.ExportPkcs8PrivateKey()), subject, keyIdentifier, now);
    }

    private static void AddExtensions(
        CertificateRequest request,
        CertificateOptions options,
        X509SubjectKeyIdentifierExtension own,
        X509SubjectKeyIdentifierExtension issuers)
    {
        var extensions = request.CertificateExtensions;
        if (options.IsCa is { } isCa)
        {
            var hasLimit = options.PathLength is not null;
            extensions.Add(new X509BasicConstraintsExtension(isCa, hasLimit, options.PathLength ?? 0, critical: isCa));
        }

        if (options.KeyUsage is { } usage)
        {
            extensions.Add(new X509KeyUsageExtension(usage, critical: true));
        }

        if (options.ExtendedKeyUsage is { } purposes)
        {
            extensions.Add(new X509EnhancedKeyUsageExtension([.. purposes.Select(purpose => new Oid(purpose))], critical: false));
        }

        if (options.DnsNames.Count + options.IpAddresses.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            options.DnsNames.ToList().ForEach(names.AddDnsName);
            options.IpAddresses.ToList().ForEach(names.AddIpAddress);
            extensions.Add(names.Build());
        }

        if (options.KeyIdentifiers)
        {
            extensions.Add(own);
            extensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuers));
        }

        foreach (var extension in options.OtherExtensions)
        {
            extensions.Add(extension);
        }
    }

    private static X509SignatureGenerator Generator(AsymmetricAlgorithm? key) => key switch
    {
        RSA rsa => X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1),
        ECDsa ecdsa => X509SignatureGenerator.CreateForECDsa(ecdsa),
        _ => throw new InvalidOperationException("A CA needs a key."),
    };

    private AsymmetricAlgorithm OpenKey()
    {
        using var certificate = X509CertificateLoader.LoadCertificate(Certificate.Der);
        return certificate.GetKeyAlgorithm() == "1.2.840.113549.1.1.1" ? Certificate.OpenRsa() : Certificate.OpenEcdsa();
    }

    private static AsymmetricAlgorithm CreateKey(KeyKind kind) => kind switch
    {
        KeyKind.P256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        KeyKind.P384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        KeyKind.Secp256k1 => ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10")),
        KeyKind.Rsa2048 => RSA.Create(2048),
        KeyKind.Rsa1024 => CreateWeakRsa(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

#pragma warning disable CA5385 // a weak key is what tests of its refusal need
    private static RSA CreateWeakRsa() => RSA.Create(1024);
#pragma warning restore CA5385

    private static X500DistinguishedName Name(string? commonName)
    {
        var builder = new X500DistinguishedNameBuilder();
        if (commonName is not null)
        {
            builder.AddCommonName(commonName);
        }

        return builder.Build();
    }

    // RFC 5280 §4.1.2.2: positive, at most 20 octets; the first octet between 0x40 and 0x7F needs no padding.
    private static byte[] NewSerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }
}
