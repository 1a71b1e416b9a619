using System.Collections;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Host;

public sealed class StartupTests : IDisposable
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-startup-");
    private readonly DemoPki _pki = DemoPki.Create(_now, devices: 1);
    private readonly List<OptionsError> _errors = [];

    public StartupTests()
    {
        _pki.Write(_folder.FullName);
        Write("appsettings.json", """
            {
              "Identity": { "CloudCa": "ca.pem" },
              "Listen": { "Endpoints": ["127.0.0.1:0"] },
              "Upstream": { "Mqtt": { "Host": "localhost" } }
            }
            """);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_good_configuration_has_its_sockets_bound_and_its_files_loaded()
    {
        using var startup = Prepare();
        Assert.Empty(_errors);
        Assert.NotNull(startup);
        Assert.NotEqual(0, startup.Doors[0].LocalEndPoints[0].Port);
        Assert.Equal([_pki.Gateway.Der], startup.Credentials.ChainDer);
        Assert.Equal(1, startup.Credentials.CloudCa.Count);
    }

    [Fact]
    public void A_taken_port_is_an_error_of_its_key_with_the_remedy()
    {
        Assert.True(UdpDoors.TryOpen([new(IPAddress.Loopback, 0)], 1, out var doors, out _));
        using var door = doors[0];
        var taken = door.LocalEndPoints[0];
        Assert.Null(Prepare($"--Listen:Endpoints={taken}"));
        var text = Assert.Single(_errors).ToString();
        Assert.StartsWith($"Listen:Endpoints: port {taken.Port} is taken by another process; stop that one", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Faulty_keys_and_faulty_files_are_told_together()
    {
        Write("policy.json", """{ "Version": "1" """);
        Assert.Null(Prepare("--Listen:DatagramSize=1", "--Identity:Certificate=nowhere.pem"));
        Assert.Equal(["Devices:Policy", "Identity:Certificate", "Listen:DatagramSize"], _errors.Select(error => error.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_policy_that_is_configured_must_be_there()
    {
        Assert.Null(Prepare("--Devices:Policy=nowhere.json"));
        Assert.Equal("Devices:Policy", Assert.Single(_errors).Key);
    }

    [Theory]
    [InlineData("devices")]
    [InlineData("plant \"7\"/line")]
    public void Without_a_policy_file_each_device_has_its_own_topics_under_the_prefix(string prefix)
    {
        using var startup = Prepare($"--Topics:Prefix={prefix}");
        Assert.Empty(_errors);
        Assert.True(startup!.Policy.Decide(new("device-1", PolicyAction.Publish, $"{prefix}/device-1/t")).IsAllowed);
        Assert.False(startup.Policy.Decide(new("device-1", PolicyAction.Publish, $"{prefix}/device-2/t")).IsAllowed);
        Assert.False(startup.Policy.Decide(new("device-1", PolicyAction.Publish, "other/device-1/t")).IsAllowed);
    }

    [Fact]
    public void A_key_that_every_user_can_read_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(_folder.FullName, "gateway.key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        }

        Assert.Null(Prepare());
        Assert.Contains("chmod o-rw", Assert.Single(_errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gateway.key", "device-1.key", "is not the key of the first certificate")]
    [InlineData("gateway.key", "gateway.pem", "holds no single EC private key")]
    [InlineData("gateway.pem", "gateway.key", "holds no certificate")]
    [InlineData("ca.pem", "gateway.pem", "cannot be a trust anchor")]
    [InlineData("ca.pem", null, "does not exist")]
    [InlineData("gateway.pem", null, "does not exist")]
    [InlineData("gateway.key", null, "does not exist")]
    public void A_wrong_file_is_explained(string target, string? source, string expected)
    {
        var path = Path.Combine(_folder.FullName, target);
        var text = source is null ? null : File.ReadAllText(Path.Combine(_folder.FullName, source));
        File.Delete(path);
        if (text is not null)
        {
            Write(target, text);
        }

        Assert.Null(Prepare());
        Assert.Contains(expected, Assert.Single(_errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature, CertificatePurposes.ServerAuth, "lacks serverAuth (for devices) or clientAuth")]
    [InlineData(X509KeyUsageFlags.DigitalSignature, CertificatePurposes.ClientAuth, "lacks serverAuth (for devices) or clientAuth")]
    [InlineData(X509KeyUsageFlags.KeyAgreement, null, "without digitalSignature")]
    public void A_certificate_that_one_of_the_sides_would_refuse_is_refused_at_start(X509KeyUsageFlags usage, string? purpose, string expected)
    {
        var issued = _pki.Ca.Issue(new() { CommonName = "gateway-1", KeyUsage = usage, ExtendedKeyUsage = purpose is null ? null : [purpose] });
        Write("gateway.pem", issued.CertificatePem);
        Write("gateway.key", issued.PrivateKeyPem);
        Assert.Null(Prepare());
        Assert.Contains(expected, Assert.Single(_errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_in_the_wrong_order_is_refused()
    {
        Write("gateway.pem", _pki.Gateway.CertificatePem + _pki.Device(1).CertificatePem);
        Assert.Null(Prepare());
        Assert.Contains("certificate 2 did not issue certificate 1", Assert.Single(_errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_expired_certificate_does_not_keep_the_gateway_from_starting()
    {
        var issued = _pki.Ca.Issue(new()
        {
            CommonName = "gateway-1",
            NotAfter = _now.AddMinutes(-1),
            ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
        });
        Write("gateway.pem", issued.CertificatePem);
        Write("gateway.key", issued.PrivateKeyPem);
        using var startup = Prepare();
        Assert.True(startup!.Credentials.Validity.Until < _now);
    }

    private Startup? Prepare(params string[] arguments) =>
        Startup.Prepare(Path.Combine(_folder.FullName, "appsettings.json"), new Hashtable(), arguments, _errors);

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
