using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.DeviceCertificates;

/// <summary>Revocation lists and requests of <c>openssl</c> for us, and ours for it.</summary>
public sealed class OpenSslPkiTests : IDisposable
{
    private readonly TestPki _pki = new();

    [Theory]
    [InlineData("")]
    [InlineData("crl_extensions = ext\ncrlnumber = number")]
    public async Task A_list_made_by_openssl_revokes(string more)
    {
        var device = X509CertificateLoader.LoadCertificate(_pki.Demo.Device(1).Der);
        File.WriteAllText(_pki["index.txt"], $"R\t{TestPki.Now.AddYears(1):yyMMddHHmmss}Z\t{TestPki.Now.AddHours(-1):yyMMddHHmmss}Z,keyCompromise\t{device.SerialNumber}\tunknown\t/CN=device-1\n");
        File.WriteAllText(_pki["number"], "01\n");
        File.WriteAllText(_pki["ca.cnf"], $"""
            [ca]
            default_ca = demo
            [demo]
            dir = {_pki.Folder}
            database = $dir/index.txt
            default_md = sha256
            default_crl_days = 30
            {more.Replace("number = number", "number = $dir/number", StringComparison.Ordinal)}
            [ext]
            authorityKeyIdentifier = keyid:always
            """);
        await RunAsync("ca", "-gencrl", "-config", _pki["ca.cnf"], "-keyfile", _pki["ca.key"], "-cert", _pki["ca.pem"], "-out", _pki["list.pem"]);
        var pem = File.ReadAllText(_pki["list.pem"]);
        var fields = PemEncoding.Find(pem);
        var list = RevocationList.TryParse(Convert.FromBase64String(pem[fields.Base64Data]), out var fault);
        Assert.True(list is not null, fault);
        var anchors = TrustAnchors.TryCreate([_pki.Demo.Ca.Certificate.Der], out _)!;
        Assert.Null(list.ProblemWith(anchors));
        var policy = new DeviceCertificatePolicy(anchors, new DevicePolicySettings { RevocationLists = [list] });
        Assert.Equal(RefusalReason.Revoked, policy.Evaluate([device.RawData], DateTimeOffset.UtcNow).Reason);
        Assert.True(policy.Evaluate([_pki.Demo.Device(2).Der], DateTimeOffset.UtcNow).IsAccepted);
    }

    [Fact]
    public async Task Openssl_reads_our_list_and_our_request_and_we_sign_its()
    {
        var ca = DevelopmentCa.Open(_pki.Folder, TestPki.Now);
        ca.Revoke(X509CertificateLoader.LoadCertificate(_pki.Demo.Device(1).Der).SerialNumberBytes.ToArray(), X509RevocationReason.KeyCompromise);
        File.WriteAllText(_pki["ours.crl"], ca.RevocationList(30, out _));
        Assert.Contains("verify OK", await RunAsync("crl", "-in", _pki["ours.crl"], "-CAfile", _pki["ca.pem"], "-verify", "-noout"), StringComparison.Ordinal);
        Assert.Contains("certificate revoked", await RunAsync(
            2, "verify", "-crl_check", "-CAfile", _pki["ca.pem"], "-CRLfile", _pki["ours.crl"], _pki["device-1.pem"]), StringComparison.Ordinal);
        Assert.Contains("OK", await RunAsync("verify", "-crl_check", "-CAfile", _pki["ca.pem"], "-CRLfile", _pki["ours.crl"], _pki["device-2.pem"]), StringComparison.Ordinal);

        File.WriteAllText(_pki["ours.csr"], SigningRequest.Create("device-9", ["nine.example"], [], []).Request);
        Assert.Contains("verify OK", await RunAsync("req", "-in", _pki["ours.csr"], "-verify", "-noout"), StringComparison.Ordinal);

        await RunAsync("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=device-10", "-keyout", _pki["theirs.key"], "-out", _pki["theirs.csr"]);
        var signed = ca.Sign(SigningRequest.FromPem(File.ReadAllText(_pki["theirs.csr"])), LeafRole.Device, 30);
        var policy = new DeviceCertificatePolicy(TrustAnchors.TryCreate([_pki.Demo.Ca.Certificate.Der], out _)!, new());
        Assert.Equal("device-10", policy.Evaluate([signed.Der], DateTimeOffset.UtcNow).Device?.Name);
    }

    public void Dispose() => _pki.Dispose();

    private static Task<string> RunAsync(params string[] arguments) => RunAsync(0, arguments);

    private static async Task<string> RunAsync(int expected, params string[] arguments)
    {
        await using var openssl = ChildProcess.Start(InstalledProgram.Find("openssl"), arguments);
        openssl.Input.Close();
        var code = await openssl.WaitForExitAsync(TimeSpan.FromSeconds(20));
        Assert.True(code == expected, openssl.Output);
        return openssl.Output;
    }
}
