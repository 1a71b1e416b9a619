using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Dtls;

namespace CoapBridge.Tests.Dtls;

/// <summary>A self-signed certificate with its key: enough for the DTLS room, which asks a verifier about certificates.</summary>
internal sealed class TestIdentity
{
    public TestIdentity(string name)
    {
        Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest($"CN={name}", Key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Chain = [certificate.RawData];
        Credentials = DtlsCredentials.FromEcdsa(Chain, Key);
    }

    /// <summary>One that was made before.</summary>
    public TestIdentity(byte[] certificate, ECDsa key)
    {
        Key = key;
        Chain = [certificate];
        Credentials = DtlsCredentials.FromEcdsa(Chain, key);
    }

    public ECDsa Key { get; }

    public IReadOnlyList<byte[]> Chain { get; }

    public DtlsCredentials Credentials { get; }
}

/// <summary>Accepts every chain and tells the leaf's key; a test may make it refuse.</summary>
internal sealed class TestVerifier : IPeerVerifier
{
    public PeerVerdict? Refusal { get; init; }

    public static byte[]? PointOf(byte[] certificate)
    {
        using var parsed = X509CertificateLoader.LoadCertificate(certificate);
        using var key = parsed.GetECDsaPublicKey();
        var point = key?.ExportParameters(false).Q;
        return point is { } q ? [4, .. q.X!, .. q.Y!] : null;
    }

    public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time) =>
        Refusal ?? PeerVerdict.Accept(PointOf(chain[0])!, "peer", "CN=peer", "CN=peer");
}
