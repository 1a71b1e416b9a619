using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Dtls;

namespace CoapBridge.Interop.Tests.Support;

/// <summary>A self-signed certificate with its key, in memory and as PEM files.</summary>
internal sealed class TestParty : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-interop-");

    public TestParty(string name)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        CertificateFile = Path.Combine(_folder.FullName, "certificate.pem");
        KeyFile = Path.Combine(_folder.FullName, "key.pem");
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, _key.ExportPkcs8PrivateKeyPem());
        Settings = new DtlsSettings { Credentials = DtlsCredentials.FromEcdsa([certificate.RawData], _key), Verifier = new AnyCertificate() };
    }

    public string CertificateFile { get; }

    public string KeyFile { get; }

    public DtlsSettings Settings { get; }

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>These tests are about the protocol; whose certificate it is, is not asked.</summary>
    private sealed class AnyCertificate : IPeerVerifier
    {
        public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(chain[0]);
            using var key = certificate.GetECDsaPublicKey()!;
            var point = key.ExportParameters(false).Q;
            return PeerVerdict.Accept([4, .. point.X!, .. point.Y!], certificate.Subject, certificate.Subject, certificate.Issuer);
        }
    }
}
