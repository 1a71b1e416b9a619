using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.MbedTls;

/// <summary>mbedTLS 2.28 as the device, Mosquitto as the broker, the built worker between them.</summary>
public sealed class MbedTlsTests(WorkerFixture fixture, MbedTlsPrograms mbedTls) : IClassFixture<WorkerFixture>
{
    [Theory]
    [InlineData("CON", "ACK")]
    [InlineData("NON", "NON")]
    public async Task A_post_reaches_the_cloud_and_is_answered(string type, string answer)
    {
        var payload = $"mbedtls {type}";
        var lines = await mbedTls.RunAsync(fixture, ["--type", type, "--payload", payload]);
        Assert.Equal(["handshake", "response", "end"], lines.Select(line => line.Word));
        Assert.Equal("TLS-ECDHE-ECDSA-WITH-AES-128-CCM-8", lines[0]["suite"]);
        Assert.Equal(("2.04", answer, "1", "1"), (lines[1]["code"], lines[1]["type"], lines[1]["matches"], lines[1]["attempts"]));
        Assert.Equal("devices/device-1/t", (await fixture.Cloud.ReceiveAsync(payload)).Topic);
    }

    [Theory]
    [InlineData]
    [InlineData("--ems", "NONE")]
    [InlineData("--mtu", "508")]
    [InlineData("--mtu", "300")]
    [InlineData("--mtu", "256")]
    [InlineData("--records", "single")]
    [InlineData("--fragment", "512")]
    [InlineData("--fragment", "1024")]
    public async Task The_handshake_completes(params string[] options)
    {
        await mbedTls.BuildAsync();
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        await ServedAsync(options);
        Assert.Contains(
            options is ["--ems", "NONE"] ? " ems=False" : " ems=True",
            await fixture.Worker.WaitForLogAsync("handshake result=ok", mark), StringComparison.OrdinalIgnoreCase);
        await fixture.Worker.WaitForLogAsync("disconnected device=device-1", mark);
    }

    /// <summary>Our flights get shorter after they were lost twice.</summary>
    [Theory]
    [InlineData("548")]
    [InlineData("508")]
    public Task A_modem_that_loses_long_datagrams_is_served(string receive) => ServedAsync("--receive", receive);

    [Theory]
    [InlineData("400")]
    [InlineData("228")]
    public Task A_modem_that_loses_all_but_short_datagrams_is_served(string receive) => ServedAsync("--receive", receive);

    [Fact]
    public async Task Max_fragment_length_makes_all_flights_short_from_the_start()
    {
        await mbedTls.BuildAsync();
        await fixture.StartAsync();
        await using var line = new LossyForwarder(fixture.Worker.EndPoint);
        var lines = await mbedTls.RunAsync(fixture.Pki, line.EndPoint.Port, ["--fragment", "512", "--receive", "576"]);
        Assert.Equal(["handshake", "response", "end"], lines.Select(one => one.Word));
        Assert.InRange(line.LongestDown, 1, 576);
    }

    [Fact]
    public async Task A_new_handshake_follows_on_close_notify()
    {
        var lines = await mbedTls.RunAsync(fixture, ["--steps", "request,full,request,full,request"]);
        Assert.Equal(["full", "full", "full"], lines.Where(line => line.Word == "handshake").Select(line => line["kind"]));
        Assert.Equal(3, lines.Count(line => line.Word == "response" && line["code"] == "2.04"));
    }

    [Fact]
    public async Task A_session_is_resumed()
    {
        var lines = await mbedTls.RunAsync(fixture, ["--steps", "request,resume,request,resume,request"]);
        Assert.Equal(["full", "resumed", "resumed"], lines.Where(line => line.Word == "handshake").Select(line => line["kind"]));
        Assert.Equal(3, lines.Count(line => line.Word == "response" && line["code"] == "2.04"));
    }

    [Fact]
    public async Task A_session_without_extended_master_secret_is_not_resumed()
    {
        // RFC 7627 §5.3, DESIGN D-14
        var lines = await mbedTls.RunAsync(fixture, ["--ems", "NONE", "--steps", "request,resume,request"]);
        Assert.Equal(["full", "full"], lines.Where(line => line.Word == "handshake").Select(line => line["kind"]));
    }

    [Theory]
    [InlineData(DeviceFault.OtherCa, "unknown_ca", 48)]
    [InlineData(DeviceFault.Expired, "expired", 45)]
    [InlineData(DeviceFault.NoDigitalSignature, "key_usage", 43)]
    [InlineData(DeviceFault.NoClientAuth, "extended_key_usage", 43)]
    [InlineData(DeviceFault.Impostor, "unknown_ca", 48)]
    [InlineData(DeviceFault.NotYetValid, "not_yet_valid", 45)]
    [InlineData(DeviceFault.IsCa, "is_ca", 43)]
    [InlineData(DeviceFault.BadName, "name", 49)]
    [InlineData(DeviceFault.ReservedName, "reserved_name", 49)]
    [InlineData(DeviceFault.RsaKey, "key_type", 43)]
    public Task A_bad_certificate_is_refused(DeviceFault fault, string reason, int alert) => RefusedAsync(fixture.Pki.Device(fault), reason, alert);

    [Fact]
    public Task No_certificate_is_refused() => RefusedAsync(device: null, "no_certificate", 40);

    [Fact]
    public async Task A_gateway_with_another_name_is_refused_by_the_device()
    {
        await mbedTls.BuildAsync();
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var lines = await mbedTls.RunAsync(fixture, ["--name", "gateway.example"]);
        Assert.Equal(["refused", "end"], lines.Select(line => line.Word));
        Assert.Contains(" reason=peer_alert ", await fixture.Worker.WaitForLogAsync("handshake result=refused", mark), StringComparison.Ordinal);
    }

    private async Task ServedAsync(params string[] options)
    {
        var lines = await mbedTls.RunAsync(fixture, options);
        Assert.Equal(["handshake", "response", "end"], lines.Select(line => line.Word));
        Assert.Equal("2.04", lines[1]["code"]);
    }

    private async Task RefusedAsync(string? device, string reason, int alert)
    {
        await mbedTls.BuildAsync();
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var lines = await mbedTls.RunAsync(fixture, [], device);
        Assert.Equal(["refused", "end"], lines.Select(line => line.Word));
        Assert.Equal($"{alert}", lines[0]["alert"]);
        Assert.Contains($" reason={reason} ", await fixture.Worker.WaitForLogAsync("handshake result=refused", mark), StringComparison.Ordinal);
    }
}
