using System.Net;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>Our client role against Californium's server.</summary>
public sealed class CaliforniumServerTests(CaliforniumPrograms californium) : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData(true, "no", MessageType.Acknowledgement)]
    [InlineData(true, "yes", MessageType.Confirmable)]
    [InlineData(false, "no", MessageType.NonConfirmable)]
    public async Task A_request_is_answered(bool isConfirmable, string separate, MessageType answer)
    {
        var (server, port) = await californium.StartServerAsync(_pki, "--separate", separate);
        await using var ending = server;
        await using var device = await DeviceClient.ConnectAsync(Settings(_pki.Demo.Device(1), port), TestContext.Current.CancellationToken);
        var response = await PostAsync(device, port, isConfirmable);
        Assert.Equal((CoapCode.Changed, answer, "CN=device-1"), (response.Code, response.Type, response.PayloadText));
        var handshake = Assert.Single(ResultLine.ParseAll(server.Lines), line => line.Word == "handshake");
        Assert.Equal(("full", "true", "CN=device-1"), (handshake["kind"], handshake["ems"], handshake["peer"]));
    }

    [Theory]
    [InlineData("--ems", "NONE")]
    [InlineData("--mtu", "300")]
    [InlineData("--mtu", "200")]
    [InlineData("--records", "single")]
    [InlineData("--records", "messages")]
    [InlineData("--cid", "6")]
    public async Task The_handshake_completes(string option, string value)
    {
        var (server, port) = await californium.StartServerAsync(_pki, option, value);
        await using var ending = server;
        await using var device = await DeviceClient.ConnectAsync(Settings(_pki.Demo.Device(1), port), TestContext.Current.CancellationToken);
        Assert.Equal(CoapCode.Changed, (await PostAsync(device, port)).Code);
        var handshake = Assert.Single(ResultLine.ParseAll(server.Lines), line => line.Word == "handshake");
        Assert.Equal(value == "NONE" ? "false" : "true", handshake["ems"]);
    }

    [Fact]
    public async Task The_same_port_may_be_used_after_close_notify()
    {
        var (server, port) = await californium.StartServerAsync(_pki);
        await using var ending = server;
        for (var round = 0; round < 3; round++)
        {
            await using var device = await DeviceClient.ConnectAsync(Settings(_pki.Demo.Device(1), port), TestContext.Current.CancellationToken);
            Assert.Equal(CoapCode.Changed, (await PostAsync(device, port)).Code);
        }

        Assert.Equal(3, ResultLine.ParseAll(server.Lines).Count(line => line.Word == "handshake"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_fifth_of_all_datagrams_may_be_lost(int seed)
    {
        var (server, port) = await californium.StartServerAsync(_pki, "--timeout", "500", "--retransmissions", "7", "--mtu", "400");
        await using var ending = server;
        await using var line = new LossyForwarder(new IPEndPoint(IPAddress.Loopback, port), seed, loss: 0.2);
        var settings = Settings(_pki.Demo.Device(1), line.EndPoint.Port) with
        {
            HandshakeTimeout = TimeSpan.FromMinutes(2),
            Transmission = TransmissionParameters.Default with { AckTimeout = TimeSpan.FromMilliseconds(500), MaxRetransmit = 8 },
        };
        await using var device = await DeviceClient.ConnectAsync(settings, TestContext.Current.CancellationToken);
        for (var request = 0; request < 3; request++)
        {
            Assert.Equal(CoapCode.Changed, (await PostAsync(device, port)).Code);
        }

        Assert.True(line.Lost > 0, $"seed {seed}");
        Assert.Equal(3, ResultLine.ParseAll(server.Lines).Count(one => one.Word == "request"));
    }

    [Theory]
    [InlineData(DeviceFault.OtherCa)]
    [InlineData(DeviceFault.Expired)]
    [InlineData(DeviceFault.NoDigitalSignature)]
    [InlineData(DeviceFault.NoClientAuth)]
    public async Task Its_alert_is_told_when_it_refuses_us(DeviceFault fault)
    {
        var (server, port) = await californium.StartServerAsync(_pki);
        await using var ending = server;
        var name = _pki.Device(fault);
        var credentials = DeviceFiles.Load(_pki[name + ".pem"], _pki[name + ".key"]);
        var refused = await Assert.ThrowsAsync<DeviceConnectionException>(
            () => DeviceClient.ConnectAsync(Settings(credentials, port), TestContext.Current.CancellationToken));
        Assert.True(refused.AlertReceived, refused.Message);
        await server.WaitForLineAsync(line => line.StartsWith("refused ", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Equal(((int)refused.Alert!).ToString(), Assert.Single(ResultLine.ParseAll(server.Lines), line => line.Word == "refused")["alert"]);
    }

    [Fact]
    public async Task It_is_refused_when_its_certificate_names_another_host()
    {
        var (server, port) = await californium.StartServerAsync(_pki);
        await using var ending = server;
        var settings = Settings(_pki.Demo.Device(1), port) with
        {
            Trust = GatewayTrust.Create([_pki.Demo.Ca.Certificate.Der], "gateway.example"),
        };
        var refused = await Assert.ThrowsAsync<DeviceConnectionException>(
            () => DeviceClient.ConnectAsync(settings, TestContext.Current.CancellationToken));
        Assert.False(refused.AlertReceived, refused.Message);
        await server.WaitForLineAsync(line => line.StartsWith("refused ", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData(6, 0)]
    [InlineData(6, 4)]
    [InlineData(0, 4)]
    [InlineData(16, 20)]
    public async Task Connection_ids_are_used_both_ways(int its, int ours)
    {
        var (server, port) = await californium.StartServerAsync(_pki, "--cid", $"{its}");
        await using var ending = server;
        await using var nat = new LossyForwarder(new IPEndPoint(IPAddress.Loopback, port));
        var certificate = _pki.Demo.Device(1);
        var connectionId = Enumerable.Range(1, ours).Select(value => (byte)value).ToArray();
        using var device = new OwnDevice(nat.EndPoint, DtlsCredentials.FromEcdsa([certificate.Der], certificate.OpenEcdsa()), connectionId);
        await device.ConnectAsync();
        Assert.Equal("2.04", await device.PostAsync("7"));
        if (its > 0)
        {
            nat.Rebind();
            Assert.Equal("2.04", await device.PostAsync("8"));
        }

        var handshake = Assert.Single(ResultLine.ParseAll(server.Lines), line => line.Word == "handshake");
        Assert.Equal((2 * its, Convert.ToHexString(connectionId)), (handshake["readcid"].Length, handshake["writecid"]));
    }

    private DeviceSettings Settings(IssuedCertificate device, int port) =>
        Settings(DtlsCredentials.FromEcdsa([device.Der], device.OpenEcdsa()), port);

    private DeviceSettings Settings(DtlsCredentials credentials, int port) => new()
    {
        Server = new IPEndPoint(IPAddress.Loopback, port),
        Credentials = credentials,
        Trust = GatewayTrust.Create([_pki.Demo.Ca.Certificate.Der], "127.0.0.1"),
    };

    private static Task<DeviceResponse> PostAsync(DeviceClient device, int port, bool isConfirmable = true) => device.RequestAsync(
        new DeviceRequest(CoapCode.Post, CoapUri.TryParse($"coaps://127.0.0.1:{port}/t", out _)!) { Payload = "7"u8.ToArray(), Confirmable = isConfirmable },
        TestContext.Current.CancellationToken);
}
