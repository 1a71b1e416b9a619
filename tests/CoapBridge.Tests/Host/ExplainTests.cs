using System.Collections;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Explain;
using CoapBridge.Identity;
using CoapBridge.Options;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Host;

/// <summary>What <c>coapbridge cert explain</c> and <c>coapbridge policy test</c> say.</summary>
public sealed class ExplainTests : IDisposable
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private static readonly DemoPki _pki = DemoPki.Create(_now, devices: 1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-explain-");

    public ExplainTests()
    {
        _pki.Write(_folder.FullName);
        File.Delete(Path.Combine(_folder.FullName, "gateway.key")); // nobody but the gateway may need it
        Write("appsettings.json", """{ "Identity": { "CloudCa": "ca.pem" }, "Upstream": { "Mqtt": { "Host": "localhost" } } }""");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("good", 0)]
    [InlineData("expired", 1)]
    [InlineData("no-digital-signature", 1)]
    [InlineData("other-ca", 1)]
    [InlineData("bad-name", 1)]
    [InlineData("denied", 1)]
    [InlineData("everything", 1)]
    public void A_certificate_is_explained_rule_by_rule(string fault, int exitCode)
    {
        var good = new CertificateOptions { CommonName = "sensor-17" };
        var ca = fault is "other-ca" or "everything" ? CertificateAuthority.CreateRoot("Another CA", _now) : _pki.Ca;
        var issued = ca.Issue(fault switch
        {
            "expired" => good with { NotBefore = _now.AddDays(-2), NotAfter = _now.AddDays(-1) },
            "no-digital-signature" => good with { KeyUsage = X509KeyUsageFlags.KeyAgreement },
            "bad-name" => good with { CommonName = "sensor/17" },
            "everything" => good with { CommonName = "gateway-1", KeyUsage = null, ExtendedKeyUsage = [CertificatePurposes.ServerAuth], Key = KeyKind.P384, IsCa = true },
            _ => good,
        });
        Write("sensor.pem", issued.CertificatePem);
        Write("denied.txt", fault == "denied" ? "name:sensor-17" : "");
        Assert.Equal(exitCode, Explain("sensor.pem", out var text, "--Devices:Denied=denied.txt"));
        Golden.Check($"explain-{fault}", text, _folder.FullName);
    }

    [Fact]
    public void The_rules_are_those_of_the_handshake()
    {
        foreach (var file in new[] { "device-1.pem", "broker.pem", "gateway.pem", "ca.pem" })
        {
            var exitCode = Explain(file, out var text);
            Assert.Equal(exitCode == 0, !text.Contains('✗', StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_file_that_holds_no_certificate_is_told()
    {
        Write("none.pem", "-----BEGIN NOTHING-----");
        Assert.Equal(2, Explain("none.pem", out var text));
        Assert.Contains("FILE: holds no certificate", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("devices/sensor-17/t", 0)]
    [InlineData("devices/sensor-18/t", 1)]
    public void A_policy_is_asked_and_says_which_statement_decides(string topic, int exitCode)
    {
        Assert.Equal(exitCode, Ask(new PolicyQuestion("sensor-17", null, PolicyAction.Publish, topic, null, null), out var text));
        Golden.Check($"policy-{(exitCode == 0 ? "allowed" : "denied")}", text, _folder.FullName);
    }

    [Fact]
    public void A_policy_can_be_asked_for_a_certificate_an_address_and_a_time()
    {
        Write("policy.json", """
            { "Version": "1", "Statement": [ { "Effect": "Allow", "Action": "Publish", "Resource": "${cert:Issuer.CN}/*",
              "Condition": { "IpAddress": { "SourceIp": "192.0.2.0/24" }, "DateLessThan": { "CurrentTime": "2030-01-01" } } } ] }
            """);
        PolicyQuestion Question(string address, string time) => new(
            null, Path.Combine(_folder.FullName, "device-1.pem"), PolicyAction.Publish, "CoapBridge Demo CA/x", IPAddress.Parse(address),
            DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(0, Ask(Question("192.0.2.7", "2029-12-31"), out _));
        Assert.Equal(1, Ask(Question("192.0.3.7", "2029-12-31"), out _));
        Assert.Equal(1, Ask(Question("192.0.2.7", "2030-01-02"), out _));
    }

    [Fact]
    public void A_name_that_no_device_has_is_told()
    {
        Assert.Equal(2, Ask(new PolicyQuestion("a/b", null, PolicyAction.Publish, "t", null, null), out var text));
        Assert.StartsWith("--device: must be a device's name", text, StringComparison.Ordinal);
    }

    private int Explain(string file, out string text, params string[] settings)
    {
        using var output = new StringWriter();
        var exitCode = ExplainCommands.Certificate(
            Path.Combine(_folder.FullName, file), Options(settings), output, _now);
        text = output.ToString();
        return exitCode;
    }

    private int Ask(PolicyQuestion question, out string text)
    {
        using var output = new StringWriter();
        var exitCode = ExplainCommands.Policy(question, Options(), output, _now);
        text = output.ToString();
        return exitCode;
    }

    private Func<ICollection<OptionsError>, BridgeOptions> Options(params string[] settings) =>
        errors => OptionsLoader.Load(Path.Combine(_folder.FullName, "appsettings.json"), new Hashtable(), settings, errors);

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);
}
