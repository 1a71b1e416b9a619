using System.Collections;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Admin;
using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Options;
using CoapBridge.Reload;
using CoapBridge.Systemd;
using CoapBridge.Telemetry;
using CoapBridge.Tools.Pki;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Tests.Host;

public sealed class ReloaderTests : IDisposable
{
    private const string Nobody = """{ "Version": "1", "Statement": [] }""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-reload-");
    private readonly DemoPki _pki = DemoPki.Create(DateTimeOffset.UtcNow, devices: 1);
    private readonly GatewayMetrics _metrics = new();
    private readonly MetricReader _reader;
    private readonly Readiness _readiness = new();
    private readonly SystemdNotify _systemd = new(null);
    private readonly List<LoadedFiles> _used = [];
    private readonly LateClock _time = new();
    private readonly Startup _startup;
    private readonly Reloader _reloader;

    public ReloaderTests()
    {
        _reader = new MetricReader(_metrics.Meter);
        _pki.Write(_folder.FullName);
        WriteOptions("\"KeyUsage\": \"Required\"");
        Write("policy.json", """{ "Version": "1", "Statement": [ { "Effect": "Allow", "Action": "Publish", "Resource": "*" } ] }""");
        var errors = new List<OptionsError>();
        _startup = Startup.Prepare(Path.Combine(_folder.FullName, "appsettings.json"), new Hashtable(), [], errors)!;
        Assert.Empty(errors);
        _reloader = new Reloader(_startup.Files, _startup.ReadOptions, Use, _readiness, _metrics, _systemd, NullLogger.Instance, _time);
    }

    public void Dispose()
    {
        _reloader.Dispose();
        _startup.Dispose();
        _reader.Dispose();
        _metrics.Dispose();
        _systemd.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void A_changed_file_is_in_force()
    {
        Assert.True(MayPublish(_reloader.InForce));
        Write("policy.json", Nobody);
        _reloader.ReloadFiles();
        Assert.False(MayPublish(Assert.Single(_used)));
        Assert.Equal(1, Reloads("ok"));
        _reloader.ReloadFiles();
        Assert.Single(_used);
    }

    [Theory]
    [InlineData("policy.json", "{ \"Version\": ", "Devices:Policy")]
    [InlineData("policy.json", null, "Devices:Policy")]
    [InlineData("gateway.pem", "-----BEGIN CERTIFICATE-----", "Identity:Certificate")]
    [InlineData("gateway.key", "", "Identity:PrivateKey")]
    [InlineData("ca.pem", null, "Identity:CloudCa")]
    public void A_broken_file_changes_nothing_and_raises_an_alarm_until_it_is_repaired(string file, string? content, string key)
    {
        var good = File.ReadAllText(Path.Combine(_folder.FullName, file));
        Write(file, content);
        _reloader.ReloadFiles();
        _reloader.ReloadFiles();
        Assert.Empty(_used);
        Assert.True(MayPublish(_reloader.InForce));
        var alarm = Assert.Single(_readiness.Alarms);
        Assert.StartsWith($"reload: what was loaded before is still in force: {key}: ", alarm, StringComparison.Ordinal);
        Assert.Equal((0, 1), (Reloads("ok"), Reloads("failed")));

        Write(file, good);
        _reloader.ReloadFiles();
        Assert.Single(_used);
        Assert.Empty(_readiness.Alarms);
    }

    [Fact]
    public void A_new_certificate_without_its_key_waits_for_it()
    {
        var renewed = _pki.Ca.Issue(new() { CommonName = "gateway-1", ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth] });
        Write("gateway.pem", renewed.CertificatePem);
        _reloader.ReloadFiles();
        Assert.Contains("is not the key of the first certificate", Assert.Single(_readiness.Alarms), StringComparison.Ordinal);
        Write("gateway.key", renewed.PrivateKeyPem);
        _reloader.ReloadFiles();
        Assert.Equal([renewed.Der], Assert.Single(_used).Credentials.ChainDer);
        Assert.Empty(_readiness.Alarms);
    }

    [Theory] // ATTACKS M07
    [InlineData("a key that everybody can read", "can be read or written by every user")]
    [InlineData("two keys in one file", "holds no single EC private key")]
    [InlineData("half a key", "holds no single EC private key")]
    [InlineData("the key of another certificate", "is not the key of the first certificate")]
    [InlineData("a folder in place of the file", "is a folder")]
    public void A_key_that_is_not_right_leaves_the_old_one_in_force(string fault, string problem)
    {
        var path = Path.Combine(_folder.FullName, "gateway.key");
        var good = File.ReadAllText(path);
        var other = _pki.Device(1).PrivateKeyPem;
        switch (fault)
        {
            case "a key that everybody can read":
                Write("gateway.key", good + "\n");
                Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such modes");
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
                }

                break;
            case "two keys in one file":
                Write("gateway.key", good + other);
                break;
            case "half a key":
                Write("gateway.key", good[..(good.Length / 2)]);
                break;
            case "the key of another certificate":
                Write("gateway.key", other);
                break;
            default:
                Write("gateway.key", null);
                Directory.CreateDirectory(path);
                break;
        }

        _reloader.ReloadFiles();
        Assert.Empty(_used);
        Assert.Contains(problem, Assert.Single(_readiness.Alarms), StringComparison.Ordinal);
        Assert.Equal(_startup.Files.Credentials.ChainDer, _reloader.InForce.Credentials.ChainDer);
    }

    [Fact] // ATTACKS M07: as Kubernetes and certbot swap files
    public void A_link_that_is_turned_to_another_folder_is_followed()
    {
        var renewed = _pki.Ca.Issue(new() { CommonName = "gateway-1", ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth] });
        renewed.Write(_folder.CreateSubdirectory("new").FullName, "gateway");
        foreach (var file in new[] { "gateway.pem", "gateway.key" })
        {
            Write(file, null);
            File.CreateSymbolicLink(Path.Combine(_folder.FullName, file), Path.Combine("new", file));
        }

        _reloader.ReloadFiles();
        Assert.Equal([renewed.Der], Assert.Single(_used).Credentials.ChainDer);
    }

    [Fact]
    public void A_signal_reads_the_configuration_too_and_leaves_what_needs_a_restart()
    {
        WriteOptions("\"KeyUsage\": \"IfPresent\"", endpoint: "127.0.0.2:0");
        _reloader.ReloadFiles();
        Assert.Empty(_used);
        _reloader.ReloadEverything();
        var options = Assert.Single(_used).Options;
        Assert.Equal(ExtensionDemand.IfPresent, options.Devices.KeyUsage);
        Assert.Equal("127.0.0.1:0", options.Listen.Endpoints[0].ToString());
    }

    [Fact]
    public void A_broken_configuration_changes_nothing()
    {
        WriteOptions("\"KeyUsages\": \"IfPresent\"");
        _reloader.ReloadEverything();
        Assert.Empty(_used);
        Assert.Contains("Devices:KeyUsages: unknown key; did you mean Devices:KeyUsage?", Assert.Single(_readiness.Alarms), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Listen:Endpoints=127.0.0.2:0", "Listen:Endpoints")]
    [InlineData("Upstream:Mqtt:Port=1", "Upstream:Mqtt:Port")]
    [InlineData("Topics:Prefix=plants", "Topics:Prefix")]
    [InlineData("Admin:Listen=127.0.0.2:1", "Admin:Listen")]
    [InlineData("Listen:HandshakeTimeout=00:01:00", null)]
    [InlineData("Upstream:Mqtt:AckTimeout=00:00:01", null)]
    public void What_needs_a_restart_is_told_by_its_name(string setting, string? key)
    {
        var errors = new List<OptionsError>();
        var changed = OptionsLoader.Load(_startup.Options.File, new Hashtable(), ["--" + setting], errors);
        Assert.Empty(errors);
        Assert.Equal(key is null ? [] : [key], RestartKeys.Changed(_startup.Options, changed));
        Assert.Empty(RestartKeys.Changed(_startup.Options, RestartKeys.Keep(_startup.Options, changed)));
    }

    [Fact]
    public void Only_other_rules_for_certificates_have_everybody_judged_again()
    {
        var first = _startup.Files.ToGeneration(tellsSecrets: false);
        Write("policy.json", Nobody);
        _reloader.ReloadFiles();
        var second = _used[0].ToGeneration(first, _startup.Files);
        Assert.Equal(2, second.Number);
        Assert.Same(first.Dtls.Verifier, second.Dtls.Verifier);
        Assert.NotSame(first.Relay.Policy, second.Relay.Policy);

        Write("ca.pem", _pki.Ca.Certificate.CertificatePem + CertificateAuthority.CreateRoot("Next CA", DateTimeOffset.UtcNow).Certificate.CertificatePem);
        _reloader.ReloadFiles();
        Assert.NotSame(first.Dtls.Verifier, _used[1].ToGeneration(second, _used[0]).Dtls.Verifier);
    }

    [Fact]
    public void A_revocation_list_reaches_the_rules_and_its_end_changes_them()
    {
        var device = _pki.Device(1);
        Write("ca.crl", RevocationListOf(device, TimeSpan.FromHours(1)));
        WriteOptions("\"RevocationLists\": [\"ca.crl\"]");
        _reloader.ReloadEverything();
        Assert.Equal("revoked", Judge(_used[^1], device).Reason);

        Write("ca.crl", RevocationListOf(_pki.Gateway, TimeSpan.FromHours(1)));
        _reloader.ReloadFiles();
        Assert.Equal("accepted", Judge(_used[^1], device).Reason);
        Assert.Empty(_readiness.Alarms);

        _time.Late = TimeSpan.FromHours(2);
        _reloader.ReloadFiles();
        Assert.Equal(3, _used.Count);
        Assert.NotEqual(_used[1].DeviceRules, _used[2].DeviceRules);
        Assert.Contains("devices of this CA are refused", Assert.Single(_readiness.Alarms), StringComparison.Ordinal);
        Assert.Equal("stale_revocation_list", Judge(_used[^1], device).Reason);
        _reloader.ReloadFiles();
        Assert.Equal(3, _used.Count);
    }

    [Fact]
    public void A_revocation_list_that_another_key_signed_is_not_used()
    {
        Write("ca.crl", RevocationListOf(_pki.Device(1), TimeSpan.FromHours(1), CertificateAuthority.CreateRoot("CoapBridge Demo CA", DateTimeOffset.UtcNow)));
        WriteOptions("\"RevocationLists\": [\"ca.crl\"]");
        _reloader.ReloadEverything();
        Assert.Empty(_used);
        Assert.Contains("Devices:RevocationLists: holds a revocation list that cannot be used: its signature", Assert.Single(_readiness.Alarms), StringComparison.Ordinal);
    }

    [Fact]
    public void Deny_and_allow_lists_reach_the_rules()
    {
        Write("denied.txt", "name:device-1");
        WriteOptions("\"Denied\": \"denied.txt\"");
        _reloader.ReloadEverything();
        Assert.Equal("denied", Judge(_used[^1], _pki.Device(1)).Reason);
        Write("denied.txt", "name:device/1");
        _reloader.ReloadFiles();
        Assert.Contains("Devices:Denied: line 1: ", Assert.Single(_readiness.Alarms), StringComparison.Ordinal);
        Write("denied.txt", "");
        Write("allowed.txt", "name:device-2");
        WriteOptions("\"Denied\": \"denied.txt\", \"Allowed\": \"allowed.txt\"");
        _reloader.ReloadEverything();
        Assert.Equal("not_allowed", Judge(_used[^1], _pki.Device(1)).Reason);
    }

    [Fact]
    public async Task Changes_are_noticed_without_a_signal()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var used = new TaskCompletionSource();
        _onUse = used.SetResult;
        var running = _reloader.RunAsync(stop.Token);
        Write("policy.json", Nobody);
        await used.Task.WaitAsync(TimeSpan.FromSeconds(30), stop.Token);
        _onUse = () => { };
        await stop.CancelAsync();
        await running;
        Assert.False(MayPublish(_reloader.InForce));
    }

    private PeerVerdict Judge(LoadedFiles files, IssuedCertificate device) =>
        files.ToGeneration(tellsSecrets: false).Dtls.Verifier.Verify([device.Der], _time.GetUtcNow());

    private string RevocationListOf(IssuedCertificate revoked, TimeSpan life, CertificateAuthority? ca = null)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(revoked.Der);
        var now = DateTimeOffset.UtcNow;
        var list = (ca ?? _pki.Ca).IssueRevocationList([certificate.SerialNumberBytes.ToArray()], now.AddMinutes(-1), now + life);
        return PemEncoding.WriteString("X509 CRL", list);
    }

    private Action _onUse = () => { };

    private int Use(LoadedFiles files)
    {
        _used.Add(files);
        _onUse();
        return _used.Count + 1;
    }

    private static bool MayPublish(LoadedFiles files) => files.Policy.Decide(new("device-1", PolicyAction.Publish, "a/b")).IsAllowed;

    private double Reloads(string result) => _reader.Read()
        .Where(family => family.Instrument.Name == "coapbridge.reload.attempts").SelectMany(family => family.Series)
        .Where(series => series.Tags.Any(tag => tag is { Key: "result", Value: string value } && value == result)).Sum(series => series.Sum);

    private void WriteOptions(string devices, string endpoint = "127.0.0.1:0") => Write("appsettings.json", $$"""
        {
          "Identity": { "CloudCa": "ca.pem" },
          "Listen": { "Endpoints": ["{{endpoint}}"] },
          "Devices": { "Policy": "policy.json", {{devices}} },
          "Upstream": { "Mqtt": { "Host": "localhost" } },
          "State": { "MaxAge": "00:00:00" }
        }
        """);

    private void Write(string name, string? text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.Delete(path);
        if (text is not null)
        {
            File.WriteAllText(path, text);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    private sealed class LateClock : TimeProvider
    {
        public TimeSpan Late { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + Late;
    }
}
