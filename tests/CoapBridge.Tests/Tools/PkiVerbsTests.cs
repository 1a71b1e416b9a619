using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Tools;

/// <summary>The CA in a folder, as its verbs show it, before the gateway's own rules.</summary>
public sealed class PkiVerbsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("coapbridge-pki-").FullName;
    private readonly StringWriter _output = new(), _errors = new();

    [Fact]
    public void A_request_becomes_a_device_that_is_let_in_until_it_is_revoked()
    {
        Run(0, "ca", "--out", Of("ca"), "--name", "My CA");
        Run(0, "csr", "--name", "device-9", "--out", Of("device"), "--dns", "nine.example", "--uri", "urn:dev:mac:0024befffe804ff1");
        Run(0, "sign", Of("device/device-9.csr"), "--ca", Of("ca"));
        using var pair = X509Certificate2.CreateFromPemFile(Of("device/device-9.pem"), Of("device/device-9.key"));
        Assert.Equal("device-9", Judge(pair.RawData).Device?.Name);
        Assert.Equal("nine.example", Judge(pair.RawData, DeviceNameSource.SanDns).Device?.Name);
        Assert.Equal("urn:dev:mac:0024befffe804ff1", Judge(pair.RawData, DeviceNameSource.SanUri).Device?.Name);

        Run(0, "crl", "--ca", Of("ca"));
        Assert.Equal("device-9", Judge(pair.RawData, lists: [List()]).Device?.Name);
        Run(0, "revoke", Of("device/device-9.pem"), "--ca", Of("ca"), "--reason", "KeyCompromise");
        Run(0, "revoke", pair.SerialNumber, "--ca", Of("ca"));
        Assert.Contains("was revoked before", _output.ToString(), StringComparison.Ordinal);
        Run(0, "revoke", "F0:01", "--ca", Of("ca"));
        Run(0, "crl", "--ca", Of("ca"), "--days", "3");
        Assert.Equal(2, List().Count);
        Assert.Equal(TimeSpan.FromDays(3), List().NextUpdate - List().ThisUpdate);
        Assert.Equal(RefusalReason.Revoked, Judge(pair.RawData, lists: [List()]).Reason);
        Assert.EndsWith(" KeyCompromise", File.ReadAllLines(Of("ca/revoked.txt"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Each_role_has_its_purpose_and_its_names()
    {
        Run(0, "ca", "--out", Of("ca"), "--key", "Rsa2048", "--days", "100");
        Run(0, "issue", "--ca", Of("ca"), "--name", "gateway-7", "--out", Of("out"), "--role", "Gateway", "--dns", "localhost", "--ip", "127.0.0.1", "--ip", "::1");
        Run(0, "issue", "--ca", Of("ca"), "--name", "broker-7", "--out", Of("out"), "--role", "Broker", "--dns", "broker.example");
        var gateway = X509CertificateLoader.LoadCertificateFromFile(Of("out/gateway-7.pem"));
        Assert.Equal(
            [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
            gateway.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value));
        Assert.True(gateway.MatchesHostname("localhost") && gateway.MatchesHostname("127.0.0.1") && gateway.MatchesHostname("::1"));
        var broker = X509CertificateLoader.LoadCertificateFromFile(Of("out/broker-7.pem"));
        Assert.Equal(RefusalReason.ExtendedKeyUsage, Judge(broker.RawData).Reason);
    }

    [Fact]
    public void A_request_is_signed_only_for_who_holds_a_P256_key()
    {
        Run(0, "ca", "--out", Of("ca"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var stolen = new CertificateRequest(new X500DistinguishedName("CN=device-1"), new PublicKey(key), HashAlgorithmName.SHA256)
            .CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(other));
        File.WriteAllText(Of("stolen.csr"), PemEncoding.WriteString("CERTIFICATE REQUEST", stolen));
        Run(1, "sign", Of("stolen.csr"), "--ca", Of("ca"));
        Assert.Contains("pki sign: the request is not signed with the key in it", _errors.ToString(), StringComparison.Ordinal);
        using var rsa = RSA.Create(2048);
        File.WriteAllText(Of("rsa.csr"), new CertificateRequest("CN=device-1", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem());
        Run(1, "sign", Of("rsa.csr"), "--ca", Of("ca"));
        Assert.Contains("is not for a P-256 key", _errors.ToString(), StringComparison.Ordinal);
        File.WriteAllText(Of("none.csr"), "nothing");
        Run(1, "sign", Of("none.csr"), "--ca", Of("ca"));
        Assert.Contains("BEGIN CERTIFICATE REQUEST", _errors.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Of("stolen.pem")) || File.Exists(Of("rsa.pem")));
    }

    [Fact]
    public void A_verification_code_is_proved_by_the_CAs_signature()
    {
        Run(0, "ca", "--out", Of("ca"));
        Run(0, "proof", "8F3A71C0D2", "--ca", Of("ca"));
        using var proof = X509CertificateLoader.LoadCertificateFromFile(Of("ca/proof.pem"));
        Assert.Equal("CN=8F3A71C0D2", proof.Subject);
        Assert.True(Judge(proof.RawData).IsAccepted); // signed by the CA, that is
    }

    [Fact]
    public void What_cannot_be_done_is_said_and_nothing_is_overwritten()
    {
        Run(0, "ca", "--out", Of("ca"));
        var before = File.ReadAllText(Of("ca/ca.pem"));
        Run(1, "ca", "--out", Of("ca"));
        Assert.Equal(before, File.ReadAllText(Of("ca/ca.pem")));
        Run(1, "issue", "--ca", Of("ca"), "--name", "a/b", "--out", Of("out"));
        Assert.Contains("no gateway lets a device named \"a/b\" in", _errors.ToString(), StringComparison.Ordinal);
        Run(0, "issue", "--ca", Of("ca"), "--name", "device-1", "--out", Of("out"));
        Run(1, "issue", "--ca", Of("ca"), "--name", "device-1", "--out", Of("out"));
        Run(1, "issue", "--ca", Of("nowhere"), "--name", "device-2", "--out", Of("out"));
        Run(1, "revoke", "not a serial", "--ca", Of("ca"));
        Assert.Contains("neither a file nor a serial number", _errors.ToString(), StringComparison.Ordinal);
        File.AppendAllText(Of("ca/revoked.txt"), "zz 2026-01-01\n");
        Run(1, "crl", "--ca", Of("ca"));
        Assert.Contains("revoked.txt, line 1", _errors.ToString(), StringComparison.Ordinal);
        File.Copy(Of("out/device-1.pem"), Of("ca/ca.pem"), overwrite: true);
        File.Copy(Of("out/device-1.key"), Of("ca/ca.key"), overwrite: true);
        Run(1, "issue", "--ca", Of("ca"), "--name", "device-3", "--out", Of("out"));
        Assert.Contains("CN=device-1 is not a CA", _errors.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Of(string path) => Path.Combine(_folder, path);

    private void Run(int expected, params string[] arguments)
    {
        var code = PkiCommand.Create().Parse(arguments).Invoke(new() { Output = _output, Error = _errors });
        Assert.True(code == expected, $"{string.Join(' ', arguments)}: {code}\n{_output}{_errors}");
    }

    private RevocationList List()
    {
        var pem = File.ReadAllText(Of("ca/ca.crl"));
        var fields = PemEncoding.Find(pem);
        Assert.Equal("X509 CRL", pem[fields.Label]);
        var list = RevocationList.TryParse(Convert.FromBase64String(pem[fields.Base64Data]), out var fault);
        Assert.True(list is not null, fault);
        return list;
    }

    private DeviceVerdict Judge(byte[] leaf, DeviceNameSource name = default, RevocationList[]? lists = null)
    {
        using var ca = X509CertificateLoader.LoadCertificateFromFile(Of("ca/ca.pem"));
        var anchors = TrustAnchors.TryCreate([ca.RawData], out _)!;
        return new DeviceCertificatePolicy(anchors, new DevicePolicySettings { Name = name, RevocationLists = lists ?? [] }).Evaluate([leaf], DateTimeOffset.UtcNow);
    }
}
