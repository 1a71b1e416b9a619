using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Options;

namespace CoapBridge.Network;

/// <summary>The gateway's own chain and key, used to both sides, and the anchors for devices and for the broker.</summary>
internal sealed class GatewayCredentials : IDisposable
{
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _leaf;

    private GatewayCredentials(X509Certificate2Collection chain, ECDsa key, TrustAnchors cloudCa, X509Certificate2Collection cloudCaCertificates, X509Certificate2Collection brokerCa)
    {
        Key = key;
        Chain = chain;
        CloudCaNames = [.. cloudCaCertificates.Select(ca => ca.SubjectName.RawData)];
        CloudCaDer = [.. cloudCaCertificates.Select(ca => ca.RawData)];
        CloudCa = cloudCa;
        BrokerCa = brokerCa;
        _leaf = chain[0].CopyWithPrivateKey(key);
        // One context for all connections: sessions resume only within one. Offline: nothing is fetched to complete the chain.
        TlsContext = SslStreamCertificateContext.Create(_leaf, [.. chain.Skip(1)], offline: true);
    }

    /// <summary>Leaf first, then intermediates.</summary>
    public X509Certificate2Collection Chain { get; }

    /// <summary>The same in DER, for the DTLS side.</summary>
    public IReadOnlyList<byte[]> ChainDer => [.. Chain.Select(certificate => certificate.RawData)];

    /// <summary>The leaf's P-256 key.</summary>
    public ECDsa Key { get; }

    /// <summary>Trust anchors for devices.</summary>
    public TrustAnchors CloudCa { get; }

    /// <summary>Their subjects in DER, for CertificateRequest (RFC 5246 §7.4.4).</summary>
    public IReadOnlyList<byte[]> CloudCaNames { get; }

    /// <summary>Their certificates in DER.</summary>
    public IReadOnlyList<byte[]> CloudCaDer { get; }

    /// <summary>Trust anchors for the broker: <c>ServerCa</c>, or else those of the cloud's CA.</summary>
    public X509Certificate2Collection BrokerCa { get; }

    /// <summary>Chain and key for SslStream.</summary>
    public SslStreamCertificateContext TlsContext { get; }

    /// <summary>The first and the last moment at which every certificate of the chain is valid.</summary>
    public (DateTimeOffset From, DateTimeOffset Until) Validity =>
        (Chain.Max(certificate => new DateTimeOffset(certificate.NotBefore)), Chain.Min(certificate => new DateTimeOffset(certificate.NotAfter)));

    /// <summary>Loads and checks all files; null, with every reason in <paramref name="errors"/>, when something is wrong.</summary>
    public static GatewayCredentials? Load(BridgeOptions options, ICollection<OptionsError> errors)
    {
        var before = errors.Count;
        var identity = options.Identity;
        var chain = ChainOf(identity.Certificate, errors);
        var key = PemFiles.PrivateKey("Identity:PrivateKey", identity.PrivateKey, errors);
        var cloudCa = PemFiles.Certificates("Identity:CloudCa", identity.CloudCa, errors);
        var brokerCa = options.Upstream.ServerCa is { } file ? PemFiles.Certificates($"{options.Upstream.Section}:ServerCa", file, errors) : cloudCa;
        if (chain.Count > 0 && key is not null && !IsKeyOf(chain[0], key))
        {
            errors.Add(OtherKey(identity.PrivateKey));
        }

        var anchors = cloudCa.Count > 0 ? AnchorsOf(cloudCa, identity.CloudCa, errors) : null;
        if (errors.Count == before)
        {
            return new GatewayCredentials(chain, key!, anchors!, cloudCa, brokerCa);
        }

        key?.Dispose();
        return null;
    }

    public void Dispose()
    {
        _leaf.Dispose();
        Key.Dispose();
    }

    /// <summary>The gateway's certificates, leaf first; what keeps them from being used is added to <paramref name="errors"/>.</summary>
    public static X509Certificate2Collection ChainOf(string path, ICollection<OptionsError> errors)
    {
        var chain = PemFiles.Certificates("Identity:Certificate", path, errors);
        if (chain.Count > 0)
        {
            CheckLeaf(chain[0], path, errors);
            CheckOrder(chain, path, errors);
        }

        return chain;
    }

    public static bool IsKeyOf(X509Certificate2 leaf, ECDsa key) =>
        leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());

    public static OptionsError OtherKey(string path) => new(
        "Identity:PrivateKey",
        "is not the key of the first certificate in Identity:Certificate; put the key there that the certificate was requested with (openssl pkey -pubout and openssl x509 -pubkey print the same for the two)", path);

    /// <summary>The trust anchors in a file's certificates, or null with every reason in <paramref name="errors"/>.</summary>
    public static TrustAnchors? AnchorsOf(X509Certificate2Collection cloudCa, string path, ICollection<OptionsError> errors)
    {
        var anchors = TrustAnchors.TryCreate([.. cloudCa.Select(certificate => certificate.RawData)], out var problems);
        foreach (var problem in problems)
        {
            errors.Add(new OptionsError("Identity:CloudCa", problem, path));
        }

        return anchors;
    }

    private static void CheckLeaf(X509Certificate2 leaf, string path, ICollection<OptionsError> errors)
    {
        void Refuse(string problem) => errors.Add(new OptionsError("Identity:Certificate", problem, path));

        using var key = leaf.PublicKey.GetECDsaPublicKey();
        if (key is null || key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value != ECCurve.NamedCurves.nistP256.Oid.Value)
        {
            Refuse("must hold a P-256 key, which is what devices can check (RFC 7252 §9.1.3.3)");
        }

        if (leaf.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
        {
            Refuse("has a key usage without digitalSignature, so it can sign no handshake; have it issued again");
        }

        if (leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } extended)
        {
            var purposes = extended.EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value).ToList();
            // SslStream silently sends no certificate when clientAuth is missing, and devices refuse a server without serverAuth.
            if (!purposes.Contains(ClientAuth) || !purposes.Contains(ServerAuth))
            {
                Refuse("has an extended key usage that lacks serverAuth (for devices) or clientAuth (for the broker); have it issued again with both");
            }
        }
    }

    private static void CheckOrder(X509Certificate2Collection chain, string path, ICollection<OptionsError> errors)
    {
        for (var index = 1; index < chain.Count; index++)
        {
            if (!chain[index - 1].IssuerName.RawData.AsSpan().SequenceEqual(chain[index].SubjectName.RawData))
            {
                var problem = $"certificate {index + 1} did not issue certificate {index}; the leaf comes first, then its issuer, and so on";
                errors.Add(new OptionsError("Identity:Certificate", problem, path));
                return;
            }
        }
    }
}
