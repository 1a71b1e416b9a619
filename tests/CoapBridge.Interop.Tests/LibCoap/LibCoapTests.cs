using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.LibCoap;

/// <summary>libcoap as the device, Mosquitto as the broker, the built worker between them; once for each TLS library under it.</summary>
public abstract class LibCoapTests(WorkerFixture fixture, LibCoapBuild build) : IClassFixture<WorkerFixture>
{
    [Theory]
    [InlineData("-C")]
    [InlineData("-R")]
    public async Task A_post_arrives_under_the_devices_topic_and_is_answered_with_2_04(string trust)
    {
        await fixture.StartAsync();
        var payload = $"21.5 {trust}";
        var result = await RequestAsync("/t", payload: payload, trust: trust);
        Assert.Equal("2.04", result.Code);
        var message = await fixture.Cloud.ReceiveAsync(payload);
        Assert.Equal("devices/device-1/t", message.Topic);
        Assert.Equal(1, message.Qos);
        Assert.Equal(["device", "gateway", "cert_sha256", "path", "message_id"], message.UserProperties.Keys);
        Assert.Equal("device-1", message.UserProperties["device"]);
        Assert.Equal("gateway-1", message.UserProperties["gateway"]);
        Assert.Equal(Sha256(fixture.Pki.Demo.Device(1).Der), message.UserProperties["cert_sha256"]);
        Assert.Equal("/t", message.UserProperties["path"]);
        Assert.Matches("^[0-9a-f]{32}$", message.UserProperties["message_id"]);
    }

    [Theory]
    [InlineData("/t/temperature", "devices/device-1/t/temperature", false, 1)]
    [InlineData("/t/a/b", "devices/device-1/t/a/b", true, 0)]
    [InlineData("/t?qos=1", "devices/device-1/t", true, 1)]
    [InlineData("/e", "devices/device-1/e", false, 1)]
    [InlineData("/e/door", "devices/device-1/e/door", true, 1)]
    public async Task The_route_gives_topic_and_quality_of_service(string path, string topic, bool isNon, int qos)
    {
        await fixture.StartAsync();
        var payload = $"{path} {isNon}";
        var result = await RequestAsync(path, payload: payload.Replace("%", "%25", StringComparison.Ordinal), more: isNon ? ["-N"] : []);
        Assert.Equal("2.04", result.Code);
        Assert.Equal(isNon ? "NON" : "ACK", result.Type);
        var message = await fixture.Cloud.ReceiveAsync(payload);
        Assert.Equal((topic, qos), (message.Topic, message.Qos));
    }

    [Theory]
    [InlineData("post", "/nowhere", "4.04")]
    [InlineData("post", "/", "4.04")]
    [InlineData("get", "/t", "4.05")]
    [InlineData("put", "/t", "4.05")]
    [InlineData("delete", "/e/x", "4.05")]
    [InlineData("post", "/t/a%2Fb", "4.00")]
    [InlineData("post", "/t/+", "4.00")]
    [InlineData("post", "/t/%23", "4.00")]
    [InlineData("post", "/t/%00", "4.00")]
    [InlineData("post", "/t//a", "4.00")]
    [InlineData("post", "/t?qos=2", "4.00")]
    [InlineData("post", "/e?qos=0", "4.00")]
    public async Task A_request_that_cannot_be_is_answered_with_its_code(string method, string path, string code)
    {
        await fixture.StartAsync();
        var result = await RequestAsync(path, method: method, payload: method is "get" or "delete" ? null : "never");
        Assert.True(result.Code == code, result.Output);
        Assert.Equal(0, fixture.Cloud.Count("never"));
    }

    [Fact]
    public async Task An_unknown_critical_option_is_answered_with_4_02()
    {
        await fixture.StartAsync();
        var result = await RequestAsync("/t", more: ["-O", "65001,x"]);
        Assert.Equal("4.02", result.Code);
    }

    [Theory]
    [InlineData(DeviceFault.Impostor, "unknown_ca", 48)]
    [InlineData(DeviceFault.Expired, "expired", 45)]
    [InlineData(DeviceFault.NotYetValid, "not_yet_valid", 45)]
    [InlineData(DeviceFault.NoClientAuth, "extended_key_usage", 43)]
    [InlineData(DeviceFault.IsCa, "is_ca", 43)]
    [InlineData(DeviceFault.BadName, "name", 49)]
    [InlineData(DeviceFault.ReservedName, "reserved_name", 49)]
    [InlineData(DeviceFault.RsaKey, "no_certificate", 40)]
    public Task A_device_that_is_not_one_of_ours_is_refused_and_one_line_says_why(DeviceFault fault, string reason, int alert) =>
        RefusedAsync(Pki.Device(fault), reason, alert);

    [Fact]
    public Task A_device_without_a_certificate_is_refused_and_one_line_says_why() => RefusedAsync(null, "no_certificate", 40);

    /// <summary>RFC 6347 §4.2.8: the same address and port, and nothing left of the connection that had them.</summary>
    [Fact]
    public async Task A_device_that_lost_its_power_shakes_hands_anew_from_the_same_port()
    {
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var port = MosquittoBroker.FreePort();
        await using (var device = LibCoapClient.Start(
            fixture.Pki, fixture.Worker.Uri("/t"), payload: "with power", more: ["-p", $"{port}", "-G", "100"], build: build))
        {
            await fixture.Cloud.ReceiveAsync("with power");
        }

        var result = await RequestAsync("/t", payload: "power again", more: ["-p", $"{port}"]);
        Assert.True(result.Code == "2.04", result.Output);
        Assert.Equal(2, fixture.Worker.LogLines($"handshake result=ok device=device-1 peer=127.0.0.1:{port} ", mark).Count);
        Assert.Single(fixture.Worker.LogLines($" replaced device=device-1 peer=127.0.0.1:{port}", mark));
    }

    private protected TestPki Pki => fixture.Pki;

    protected async Task RefusedAsync(string? device, string reason, int alert)
    {
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var result = await RequestAsync("/t", device, payload: "never");
        Assert.Null(result.Code);
        Assert.Equal(alert, result.Alert);
        var line = await fixture.Worker.WaitForLogAsync("handshake result=refused", mark);
        Assert.Contains($" reason={reason} peer=127.0.0.1:", line, StringComparison.Ordinal);
        Assert.Contains($" alert={alert} ", line, StringComparison.Ordinal);
        if (reason != "no_certificate")
        {
            Assert.Contains(" subject=", line, StringComparison.Ordinal);
            Assert.Contains(" issuer=", line, StringComparison.Ordinal);
        }

        Assert.Single(fixture.Worker.LogLines(" handshake ", mark));
        Assert.Equal(0, fixture.Cloud.Count("never"));
    }

    private Task<LibCoapClient.Result> RequestAsync(
        string path, string? device = "device-1", string[]? more = null, string method = "post", string? payload = "21.5", string trust = "-R") =>
        LibCoapClient.RequestAsync(fixture.Pki, fixture.Worker.Uri(path), device, more, method, payload, trust, build);

    private static string Sha256(byte[] der) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(der));
}
