using System.Collections;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using CoapBridge.Admin;
using CoapBridge.Network;
using CoapBridge.Support;
using CoapBridge.Telemetry;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Host;

/// <summary><c>coapbridge support-bundle</c>: what helps is in it, and no secret, wherever that stands.</summary>
public sealed class SupportTests : IDisposable
{
    private static readonly DemoPki _pki = DemoPki.Create(DateTimeOffset.UtcNow, devices: 1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-support-");
    private readonly StringWriter _output = new();

    public SupportTests() => _pki.Write(_folder.FullName);

    private string Config => Path.Combine(_folder.FullName, "appsettings.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("gateway.key")]
    [InlineData("pkcs11:token=t;object=gateway;type=private?pin-value=Geheim%2B1")]
    public async Task No_secret_is_in_any_file_of_it(string key)
    {
        File.WriteAllText(Config, $$"""
            {
              // The proxy's password is Geheim-0.
              "Identity": { "PrivateKey": "{{key}}", "CloudCa": "ca.pem" },
              "Upstream": { "Mqtt": { "Host": "localhost", "Port": 1, "Proxy": "http://jim:Geheim-2@127.0.0.1:1", "Passwort": "Geheim-3" } },
              "Listen": { "Endpoints": ["127.0.0.1:0"] }, "Admin": { "Listen": "127.0.0.1:1" }
            }
            """);
        File.WriteAllText(Path.Combine(_folder.FullName, "policy.json"), """{ "Version": "1", "Statement": [], "Comment": "Geheim-3 http://jim:Geheim-5@h" }""");
        var environment = new Hashtable { ["COAPBRIDGE_Upstream__Mqtt__Password"] = "Geheim-4", ["UNRELATED"] = "Geheim-6" };
        var parts = await Bundle(environment, ["--Upstream:Mqtt:Token=Geheim-7"]);
        Assert.All(parts, part => Assert.DoesNotContain("Geheim", part.Value, StringComparison.Ordinal));
        Assert.DoesNotContain("Geheim", _output.ToString(), StringComparison.Ordinal);
        var keyLines = _pki.Gateway.PrivateKeyPem.Split('\n').Where(line => line.Length > 20 && !line.StartsWith('-'));
        Assert.All(parts, part => Assert.All(keyLines, line => Assert.DoesNotContain(line.Trim(), part.Value, StringComparison.Ordinal)));
        Assert.Contains("Upstream:Mqtt:Proxy = (hidden)", parts["configuration.txt"], StringComparison.Ordinal);
        Assert.Contains("Upstream:Mqtt:Password", parts["configuration.txt"], StringComparison.Ordinal);
        Assert.Contains("Upstream:Mqtt:Host = localhost", parts["configuration.txt"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_helps_is_in_it_and_only_its_owner_can_read_it()
    {
        using var metrics = new GatewayMetrics();
        using var reader = new MetricReader(metrics.Meter);
        metrics.ShowZeros();
        await using var admin = await AdminDoor.OpenAsync(new IPEndPoint(IPAddress.Loopback, 0), new LoopPulses(1), new Readiness(), reader);
        File.WriteAllText(Config, $$"""
            {
              "Identity": { "CloudCa": "ca.pem" }, "Upstream": { "Mqtt": { "Host": "localhost", "Port": 1 } },
              "Listen": { "Endpoints": ["127.0.0.1:0"] }, "Admin": { "Listen": "127.0.0.1:{{admin.Address.Port}}" }
            }
            """);
        var parts = await Bundle([], []);
        Assert.Equal(
            ["certificates.txt", "check.txt", "configuration.txt", "host.txt", "journal.txt", "metrics.txt", "outbox.json", "policy.json", "readyz.txt", "status.json"],
            parts.Keys.Order(StringComparer.Ordinal));
        Assert.All(parts.Keys, name => Assert.Contains(name, _output.ToString(), StringComparison.Ordinal));
        Assert.Contains("CN=gateway-1", parts["certificates.txt"], StringComparison.Ordinal);
        Assert.Contains("gateway.key 0600", parts["certificates.txt"], StringComparison.Ordinal);
        Assert.Contains("coapbridge_unhandled_exceptions_total 0", parts["metrics.txt"], StringComparison.Ordinal);
        Assert.Contains("\"ready\":false", parts["readyz.txt"], StringComparison.Ordinal);
        Assert.Contains("Connection refused", parts["check.txt"], StringComparison.Ordinal);
        Assert.Contains("coapbridge  ", parts["host.txt"], StringComparison.Ordinal);
        Assert.Equal("0600", HostFacts.ModeOf(Archive));
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_read_still_makes_one_and_a_file_that_is_there_stays()
    {
        File.WriteAllText(Config, "{ nonsense");
        var parts = await Bundle([], []);
        Assert.Contains("is not valid JSON", parts["configuration.txt"], StringComparison.Ordinal);
        Assert.Equal(1, await Command([], []).RunAsync(Archive, TestContext.Current.CancellationToken));
        Assert.Contains("--out names another file", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("key log -----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY----- end", "key log (hidden) end")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMHcC and no end", "(hidden)")]
    [InlineData("uri pkcs11:token=t?pin-value=1234&x=1", "uri pkcs11:token=t?pin-value=(hidden)&x=1")]
    [InlineData("via http://jim:1234@proxy:3128/", "via http://(hidden)@proxy:3128/")]
    [InlineData("mail to jim@example.org at 10:00", "mail to jim@example.org at 10:00")]
    public void What_looks_like_a_secret_is_hidden(string text, string cleaned) =>
        Assert.Equal(cleaned, new SecretShield([], new HashSet<string>()).Clean(text));

    private string Archive => Path.Combine(_folder.FullName, "bundle.tar.gz");

    private SupportCommand Command(Hashtable environment, string[] arguments) => new(Config, environment, arguments, _output);

    private async Task<Dictionary<string, string>> Bundle(Hashtable environment, string[] arguments)
    {
        Assert.Equal(0, await Command(environment, arguments).RunAsync(Archive, TestContext.Current.CancellationToken));
        var parts = new Dictionary<string, string>();
        await using var gzip = new GZipStream(File.OpenRead(Archive), CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        while (await tar.GetNextEntryAsync(copyData: true, TestContext.Current.CancellationToken) is { } entry)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, entry.Mode);
            parts.Add(Path.GetFileName(entry.Name), await new StreamReader(entry.DataStream!).ReadToEndAsync(TestContext.Current.CancellationToken));
        }

        return parts;
    }
}
