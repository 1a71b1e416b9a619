using System.Collections;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Admin;
using CoapBridge.Check;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Telemetry;
using CoapBridge.Tools.Broker;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Host;

/// <summary>What <c>coapbridge check</c> says about set-ups that are broken in one way, and about one that is not.</summary>
public sealed class CheckTests : IAsyncLifetime
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private static readonly DemoPki _pki = DemoPki.Create(_now, devices: 1);
    private static readonly CertificateAuthority _stranger = CertificateAuthority.CreateRoot("Another CA", _now);

    private static readonly CertificateOptions _gateway = new()
    {
        CommonName = "gateway-1",
        DnsNames = ["localhost"],
        ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-check-");
    private readonly List<IAsyncDisposable> _brokers = [];
    private TimeProvider _time = TimeProvider.System;
    private ServiceUser _service = ServiceUser.Packaged;

    public ValueTask InitializeAsync()
    {
        _pki.Write(_folder.FullName);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in _brokers)
        {
            await broker.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task All_is_well()
    {
        var report = await Check("good", await StartBroker());
        Assert.Equal(0, report.ExitCode);
    }

    [Fact]
    public async Task A_key_that_is_not_the_certificates()
    {
        Write("gateway.key", _pki.Device(1).PrivateKeyPem);
        Assert.Equal(2, (await Check("wrong-key", await StartBroker())).ExitCode);
    }

    [Fact]
    public async Task A_certificate_of_another_CA()
    {
        Write(_stranger.Issue(_gateway));
        await Check("other-ca", await StartBroker());
    }

    [Fact]
    public async Task An_expired_certificate()
    {
        Write(_pki.Ca.Issue(_gateway with { NotBefore = _now.AddDays(-2), NotAfter = _now.AddDays(-1) }));
        await Check("expired", await StartBroker());
    }

    [Fact]
    public async Task A_certificate_that_expires_soon_works()
    {
        Write(_pki.Ca.Issue(_gateway with { NotAfter = _now.AddDays(20) }));
        Assert.Equal(1, (await Check("expires-soon", await StartBroker())).ExitCode);
    }

    [Fact]
    public async Task A_broker_with_another_name() =>
        await Check("wrong-host-name", await StartBroker(_pki.Ca.Issue(new()
        {
            CommonName = "mqtt.example", DnsNames = ["mqtt.example"], ExtendedKeyUsage = [CertificatePurposes.ServerAuth],
        })));

    [Fact]
    public async Task A_port_that_another_program_has()
    {
        Assert.True(UdpDoors.TryOpen([new(IPAddress.Loopback, 0)], 1, out var doors, out _));
        using var door = doors[0];
        await Check("port-taken", await StartBroker(), $"--Listen:Endpoints={door.LocalEndPoints[0]}");
    }

    [Fact]
    public async Task Ports_that_a_coapbridge_holds_are_fine()
    {
        Assert.True(UdpDoors.TryOpen([new(IPAddress.Loopback, 0)], 1, out var doors, out _));
        using var door = doors[0];
        using var metrics = new GatewayMetrics();
        using var reader = new MetricReader(metrics.Meter);
        await using var admin = await AdminDoor.OpenAsync(new IPEndPoint(IPAddress.Loopback, 0), new LoopPulses(1), new Readiness(), reader);
        var report = await Check(
            "port-held-by-coapbridge", await StartBroker(), $"--Listen:Endpoints={door.LocalEndPoints[0]}", $"--Admin:Listen=127.0.0.1:{admin.Address.Port}");
        Assert.Equal(0, report.ExitCode);
    }

    [Fact]
    public async Task A_clock_that_began_anew()
    {
        _time = new StoppedClock(new DateTimeOffset(1970, 1, 1, 0, 5, 0, TimeSpan.Zero));
        await Check("clock-wrong", await StartBroker());
    }

    [Fact]
    public async Task A_broker_that_does_not_trust_the_gateways_CA() =>
        await Check("broker-refuses", await StartBroker(trust: _stranger.Certificate.CertificatePem));

    [Fact]
    public async Task A_policy_with_a_slip()
    {
        Write("policy.json", """
            { "Version": "1", "Statement": [
              { "Effect": "Alow", "Action": ["Publish", "Retian"], "Resource": "devices/${device}/*" } ] }
            """);
        await Check("policy-typo", await StartBroker());
    }

    [Fact]
    public async Task A_key_that_nobody_knows() => await Check("unknown-key", await StartBroker(), "--Listen:MaxConnection=5");

    [Fact]
    public async Task A_file_that_cannot_be_read() => await Check("unreadable-file", await StartBroker(), "--Identity:CloudCa=missing.pem");

    [Fact]
    public async Task A_broker_that_is_not_there() => await Check("no-broker", 1);

    [Fact]
    public async Task Root_hears_what_the_user_of_the_service_cannot_read()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can read what others cannot");
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        FileOwner.Open(_folder.FullName);
        _service = new ServiceUser("nobody", _folder.FullName, []);
        var closed = (await Report(await StartBroker())).ToText();
        Assert.Contains($"  ‼ user nobody, as whom the service runs, may not read {_folder.FullName}/gateway.key\n", closed, StringComparison.Ordinal);
        Assert.Contains($"      → chgrp nobody {_folder.FullName}/gateway.key && chmod 640 {_folder.FullName}/gateway.key\n", closed, StringComparison.Ordinal);
        foreach (var file in Directory.GetFiles(_folder.FullName))
        {
            FileOwner.Give(file, FileOwner.Nobody);
        }

        var open = (await Report(await StartBroker())).ToText();
        Assert.Contains("  ✓ user nobody can read every file that the configuration names\n", open, StringComparison.Ordinal);
        Assert.DoesNotContain("‼", open, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_read_the_same()
    {
        var report = await Report(1);
        using var json = System.Text.Json.JsonDocument.Parse(report.ToJson());
        Assert.Equal("problem", json.RootElement.GetProperty("result").GetString());
        var broker = json.RootElement.GetProperty("groups").EnumerateArray().Single(group => group.GetProperty("name").GetString() == "Broker");
        Assert.Equal("problem", broker.GetProperty("findings")[0].GetProperty("level").GetString());
        Assert.NotNull(broker.GetProperty("findings")[0].GetProperty("remedy").GetString());
    }

    [Fact]
    public async Task The_check_is_another_client_than_the_gateway()
    {
        var seen = new List<(string Client, string Topic)>();
        await Report(await StartBroker(seen: (client, topic) => seen.Add((client, topic))));
        Assert.Equal(("gateway-1-check", "gateways/gateway-1/check"), Assert.Single(seen));
    }

    [Fact]
    public void A_public_root_among_the_CAs_of_the_devices_is_a_problem()
    {
        using var root = X509CertificateLoader.LoadCertificate(_pki.Ca.Certificate.Der);
        var finding = Assert.Single(AnchorChecks.Examine([_pki.Ca.Certificate.Der], [root], _now));
        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.Contains("is a public root", finding.Text, StringComparison.Ordinal);
    }

    private async Task<CheckReport> Check(string name, int brokerPort, params string[] settings)
    {
        var report = await Report(brokerPort, settings);
        Golden.Check($"check-{name}", report.ToText(), _folder.FullName);
        return report;
    }

    private Task<CheckReport> Report(int brokerPort, params string[] settings)
    {
        Write("appsettings.json", $$"""
            {
              "Identity": { "CloudCa": "ca.pem" },
              "Listen": { "Endpoints": ["127.0.0.1:0"] },
              "Upstream": { "Mqtt": { "Host": "localhost", "Port": {{brokerPort}} } },
              "Admin": { "Listen": "127.0.0.1:0" }
            }
            """);
        return new GatewayCheck(_time, _service).RunAsync(
            errors => OptionsLoader.Load(Path.Combine(_folder.FullName, "appsettings.json"), new Hashtable(), settings, errors),
            TestContext.Current.CancellationToken);
    }

    private async Task<int> StartBroker(IssuedCertificate? certificate = null, string? trust = null, Action<string, string>? seen = null)
    {
        var issued = certificate ?? _pki.Broker;
        var own = new X509Certificate2Collection(X509Certificate2.CreateFromPem(issued.CertificatePem, issued.PrivateKeyPem));
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(trust ?? _pki.Ca.Certificate.CertificatePem);
        var broker = new DevelopmentBroker(new IPEndPoint(IPAddress.Loopback, 0), own, authorities);
        broker.MessageSeen += (client, message) => seen?.Invoke(client, message.Topic);
        _brokers.Add(broker);
        await broker.StartAsync();
        return broker.Port;
    }

    private void Write(IssuedCertificate issued)
    {
        Write("gateway.pem", issued.CertificatePem);
        Write("gateway.key", issued.PrivateKeyPem);
    }

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
