using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>The AWS profile, as it is in config/profiles, against an emulated endpoint that keeps the documented rules.</summary>
public sealed class AwsTests : IDisposable
{
    private const string Host = "example-ats.iot.eu-central-1.amazonaws.com";

    private readonly TestPki _pki = new();
    private readonly CertificateAuthority _root = CertificateAuthority.CreateRoot("Emulated Public Root", TestPki.Now);

    public AwsTests() => File.WriteAllText(_pki["amazon-root-ca.pem"], _root.Certificate.CertificatePem);

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_device_end_to_end()
    {
        await using var cloud = new EmulatedAwsIot(_pki, _root);
        await using var proxy = new ConnectProxy(new() { [$"{Host}:443"] = cloud.Port });
        await using var worker = await WorkerProcess.StartProfileAsync(_pki, "aws-iot-core", proxy.Setting);
        await worker.WaitForLogAsync("upstream_ready");
        var first = new LibCoapDevice(_pki, worker, "device-1");
        var second = new LibCoapDevice(_pki, worker, "device-2");

        Assert.Equal("2.04", await first.SendAsync("/t", "21.5"));
        var message = await cloud.ReceiveAsync(message => message.Text == "21.5");
        Assert.Equal(("devices/device-1/t", "device-1"), (message.Topic, message.Properties["device"]));

        // What would cost all devices the connection is refused to the one that asks for it.
        Assert.Equal("2.04", await first.SendAsync("/t/a/b/c/d/e", "eight levels"));
        Assert.Equal("4.00", await first.SendAsync("/t/a/b/c/d/e/f", "nine levels"));
        Assert.Equal("4.00", await first.SendAsync("/ps/$aws/things/device-1/shadow/update", "not ours"));

        // State is retained; its status too.
        Assert.Equal("2.01", await first.SendAsync("/ps/devices/device-1/state", "on", "put"));
        Assert.True((await cloud.ReceiveAsync(message => message.Text == "on")).IsRetained);

        // One subscription brings the commands of all devices.
        Assert.Equal("2.04", await second.SendAsync("/t", "here"));
        await cloud.WaitForFilterAsync("devices/+/c/#");
        await cloud.SendAsync("devices/device-2/c/valve/open", "for two");
        await cloud.SendAsync("devices/device-1/c/now", "for one");
        Assert.Equal("for one", (await first.TakeCommandAsync()).Payload);
        var command = await second.TakeCommandAsync();
        Assert.Equal("for two", command.Payload);
        Assert.EndsWith("?n=valve/open", command.Location, StringComparison.Ordinal);
        Assert.DoesNotContain(cloud.Filters.Keys, filter => filter.StartsWith("devices/device-", StringComparison.Ordinal) && filter.EndsWith("/c/#", StringComparison.Ordinal));
        Assert.Empty(cloud.Violations);
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_check_goes_all_the_way_with_the_rights_of_the_policy()
    {
        await using var cloud = new EmulatedAwsIot(_pki, _root);
        await using var proxy = new ConnectProxy(new() { [$"{Host}:443"] = cloud.Port });
        File.Copy(_pki["ca.pem"], _pki["cloud-ca.pem"]);
        File.Copy(RepositoryFolder.Find("config", "profiles", "aws-iot-core.json"), _pki["aws.json"]);
        var check = await CommandRun.OfAsync(["check", "--config", _pki["aws.json"], proxy.Setting, "--Listen:Endpoints=127.0.0.1:0", "--Admin:Listen=127.0.0.1:0"]);
        Assert.Contains("a message to gateways/gateway-1/check, sent as gateway-1-check, was acknowledged", check.Output, StringComparison.Ordinal);
        Assert.Empty(cloud.Violations);
    }

    [Fact]
    public async Task Without_the_wildcard_setting_its_certificate_is_refused_with_the_remedy()
    {
        await using var cloud = new EmulatedAwsIot(_pki, _root);
        await using var proxy = new ConnectProxy(new() { [$"{Host}:443"] = cloud.Port });
        await using var worker = await WorkerProcess.StartProfileAsync(_pki, "aws-iot-core", proxy.Setting, "--Upstream:Mqtt:AllowWildcard=false");
        Assert.Contains("set Upstream:Mqtt:AllowWildcard to true", await worker.WaitForLogAsync("upstream_away"), StringComparison.Ordinal);
        Assert.Empty(cloud.Connects);
        await worker.StopAsync();
    }
}
