using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CoapBridge.Interop.Tests.Mosquitto;

/// <summary>A CA, a broker and a gateway, as PEM files in a folder that goes away with the object.</summary>
internal sealed class TemporaryPki : IDisposable
{
    private readonly X509Certificate2 _authority;

    public TemporaryPki()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(this["ca.pem"], _authority.ExportCertificatePem());
        Issue("localhost", "broker");
        Issue("gateway-1", "gateway");
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("mqtt-").FullName;

    public X509Certificate2Collection Authorities => [X509Certificate2.CreateFromPem(_authority.ExportCertificatePem())];

    public string this[string file] => Path.Combine(Folder, file);

    public X509Certificate2 Load(string name) => X509Certificate2.CreateFromPemFile(this[name + ".pem"], this[name + ".key"]);

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void Issue(string commonName, string file)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(_authority, _authority.NotBefore, _authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(this[file + ".pem"], certificate.ExportCertificatePem());
        File.WriteAllText(this[file + ".key"], key.ExportPkcs8PrivateKeyPem());
    }
}
