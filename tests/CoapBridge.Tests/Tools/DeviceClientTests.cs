using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Tools;

/// <summary>Over real loopback sockets: the client against engines that the server has, too; foreign servers are in the interop tests.</summary>
public sealed class DeviceClientTests
{
    private static readonly DemoPki _pki = DemoPki.Create(DateTimeOffset.UtcNow);

    [Fact]
    public async Task A_confirmable_gets_its_response_in_the_ack()
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        var response = await client.RequestAsync(Post("/t", "21.5"), TestContext.Current.CancellationToken);
        Assert.Equal((CoapCode.Changed, MessageType.Acknowledgement, true), (response.Code, response.Type, response.IsSuccess));
        Assert.Equal(["Confirmable 0.02 21.5"], server.Requests);
    }

    [Fact]
    public async Task A_session_is_resumed_by_the_next_client()
    {
        await using var server = new LoopbackServer(_pki);
        var settings = server.SettingsOf(_pki.Device(1));
        await using var first = await DeviceClient.ConnectAsync(settings, TestContext.Current.CancellationToken);
        await first.CloseAsync();
        await server.Closed;
        await using var second = await DeviceClient.ConnectAsync(settings with { Session = first.Session }, TestContext.Current.CancellationToken);
        var response = await second.RequestAsync(Post("/t", "21.5"), TestContext.Current.CancellationToken);
        Assert.Equal((CoapCode.Changed, false, true), (response.Code, first.IsResumed, second.IsResumed));
        Assert.Same(first.Session, second.Session);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public async Task A_long_payload_goes_and_comes_in_blocks(int szX)
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        var payload = string.Join(' ', Enumerable.Range(0, 1000));
        var response = await client.RequestAsync(Post("/echo", payload) with { BlockSzX = szX }, TestContext.Current.CancellationToken);
        Assert.Equal((CoapCode.Content, payload), (response.Code, response.PayloadText));
        Assert.Equal([$"Confirmable 0.02 {payload}"], server.Requests);
    }

    [Fact]
    public async Task An_observer_is_told_each_value_whole_until_the_last()
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        var long2 = new string('2', 3000);
        string[] paths = ["/change", "/change", "/gone"];
        string[] payloads = ["one", long2, ""];
        var told = new List<string>();
        await foreach (var response in client.ObserveAsync(Post("/value", ""), TestContext.Current.CancellationToken))
        {
            told.Add($"{response.Code} {response.PayloadText}");
            if (told.Count <= paths.Length)
            {
                await client.RequestAsync(Post(paths[told.Count - 1], payloads[told.Count - 1]), TestContext.Current.CancellationToken);
            }
        }

        Assert.Equal([$"2.05 {new string('0', 3000)}", "2.05 one", $"2.05 {long2}", "4.04 "], told);
    }

    [Fact]
    public async Task An_observer_that_stops_says_so()
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        await foreach (var response in client.ObserveAsync(Post("/value", ""), TestContext.Current.CancellationToken))
        {
            Assert.Equal(CoapCode.Content, response.Code);
            break;
        }

        await client.RequestAsync(Post("/t", ""), TestContext.Current.CancellationToken);
        Assert.Equal(2, server.Requests.Count(request => request == "Confirmable 0.01 "));
    }

    [Fact]
    public async Task A_non_confirmable_gets_a_non_confirmable()
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        var response = await client.RequestAsync(Post("/t", "1") with { Confirmable = false }, TestContext.Current.CancellationToken);
        Assert.Equal((CoapCode.Changed, MessageType.NonConfirmable), (response.Code, response.Type));
    }

    [Fact]
    public async Task A_response_may_come_after_an_empty_ack()
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        var response = await client.RequestAsync(Post("/slow", ""), TestContext.Current.CancellationToken);
        Assert.Equal((CoapCode.Content, MessageType.Confirmable, "late"), (response.Code, response.Type, response.PayloadText));

        // The separate response was acknowledged, so the next request is not held up.
        Assert.Equal(CoapCode.Changed, (await client.RequestAsync(Post("/t", ""), TestContext.Current.CancellationToken)).Code);
    }

    [Fact]
    public async Task An_error_tells_its_diagnostic_and_when_to_come_again()
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        var response = await client.RequestAsync(Post("/away", ""), TestContext.Current.CancellationToken);
        Assert.Equal((CoapCode.ServiceUnavailable, false), (response.Code, response.IsSuccess));
        Assert.Equal(("no-upstream: retry", TimeSpan.FromSeconds(7)), (response.PayloadText, response.MaxAge));
    }

    [Fact]
    public async Task Many_requests_at_once_are_all_answered()
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => client.RequestAsync(Post("/t", $"{i}"), TestContext.Current.CancellationToken)));
        Assert.All(answers, answer => Assert.Equal(CoapCode.Changed, answer.Code));
        Assert.Equal(20, server.Requests.Distinct().Count());
    }

    [Fact]
    public async Task Closing_says_close_notify_and_ends_what_waits()
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        var waiting = client.RequestAsync(Post("/never", ""), TestContext.Current.CancellationToken);
        await client.CloseAsync();
        Assert.Equal("closed", (await Assert.ThrowsAsync<DeviceConnectionException>(() => waiting)).Reason);
        Assert.Equal(CloseReason.CloseNotify, await server.Closed.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<DeviceConnectionException>(() => client.RequestAsync(Post("/t", ""), TestContext.Current.CancellationToken));
        await client.CloseAsync();
    }

    [Fact]
    public async Task The_gateways_close_notify_ends_the_client_and_what_waits()
    {
        await using var server = new LoopbackServer(_pki);
        await using var client = await DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1)), TestContext.Current.CancellationToken);
        var waiting = client.RequestAsync(Post("/never", ""), TestContext.Current.CancellationToken);
        server.CloseConnection();
        var failed = await Assert.ThrowsAsync<DeviceConnectionException>(() => waiting);
        Assert.Equal(("closed", AlertDescription.CloseNotify, true), (failed.Reason, failed.Alert, failed.AlertReceived));
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    public static TheoryData<string, CertificateOptions, byte, string> BadDevices => new()
    {
        { "no digitalSignature", new() { CommonName = "device-1", KeyUsage = X509KeyUsageFlags.KeyAgreement }, 43, "key_usage" },
        { "RSA key", new() { CommonName = "device-1", Key = KeyKind.Rsa2048 }, 43, "key_type" },
        { "expired", new() { CommonName = "device-1", NotBefore = DateTimeOffset.UtcNow.AddDays(-2), NotAfter = DateTimeOffset.UtcNow.AddDays(-1) }, 45, "expired" },
        { "no name", new() { CommonName = "a/b" }, 49, "name" },
    };

    [Theory]
    [MemberData(nameof(BadDevices))]
    public async Task A_refused_device_hears_the_alert_and_what_it_means(string what, CertificateOptions certificate, byte alert, string reason)
    {
        Assert.NotEmpty(what);
        await using var server = new LoopbackServer(_pki);
        var failed = await Assert.ThrowsAsync<DeviceConnectionException>(
            () => DeviceClient.ConnectAsync(server.SettingsOf(_pki.Ca.Issue(certificate)), TestContext.Current.CancellationToken));
        Assert.Equal(("peer_alert", (AlertDescription)alert, true), (failed.Reason, failed.Alert, failed.AlertReceived));
        Assert.Contains($"alert {alert} ", failed.Message, StringComparison.Ordinal);
        Assert.Contains(AlertMeaning.Of((AlertDescription)alert), failed.Message, StringComparison.Ordinal);
        Assert.Equal($"{reason} {alert}", await server.NextRefusalAsync());
    }

    [Fact]
    public async Task A_device_of_another_ca_hears_unknown_ca()
    {
        await using var server = new LoopbackServer(_pki);
        var other = CertificateAuthority.CreateRoot("Other CA", DateTimeOffset.UtcNow).Issue(new() { CommonName = "device-1" });
        var failed = await Assert.ThrowsAsync<DeviceConnectionException>(
            () => DeviceClient.ConnectAsync(server.SettingsOf(other), TestContext.Current.CancellationToken));
        Assert.Equal(AlertDescription.UnknownCa, failed.Alert);
    }

    [Fact]
    public async Task A_gateway_with_another_name_is_refused_by_the_device()
    {
        await using var server = new LoopbackServer(_pki);
        var failed = await Assert.ThrowsAsync<DeviceConnectionException>(
            () => DeviceClient.ConnectAsync(server.SettingsOf(_pki.Device(1), "gateway.example"), TestContext.Current.CancellationToken));
        Assert.Equal(("name", false), (failed.Reason, failed.AlertReceived));
        Assert.Contains("gateway.example", failed.Detail, StringComparison.Ordinal);
        Assert.Equal("peer_alert 49", await server.NextRefusalAsync());
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_told_at_once()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = new LoopbackServer(_pki);
        var settings = server.SettingsOf(_pki.Device(1)) with { Server = (IPEndPoint)taken.LocalEndPoint! };
        taken.Close();
        var failed = await Assert.ThrowsAsync<DeviceConnectionException>(() => DeviceClient.ConnectAsync(settings, TestContext.Current.CancellationToken));
        Assert.Equal("unreachable", failed.Reason);
    }

    [Fact]
    public async Task A_gateway_that_says_nothing_ends_in_a_time_out()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = new LoopbackServer(_pki);
        var settings = server.SettingsOf(_pki.Device(1)) with
        {
            Server = (IPEndPoint)silent.LocalEndPoint!, HandshakeTimeout = TimeSpan.FromMilliseconds(300),
        };
        var failed = await Assert.ThrowsAsync<DeviceConnectionException>(() => DeviceClient.ConnectAsync(settings, TestContext.Current.CancellationToken));
        Assert.Equal("time_out", failed.Reason);
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused_before_anything_is_sent()
    {
        var exception = Assert.Throws<System.Security.Cryptography.CryptographicException>(
            () => DeviceFiles.FromPem(_pki.Device(1).CertificatePem, _pki.Device(2).PrivateKeyPem));
        Assert.Contains("not the certificate's", exception.Message, StringComparison.Ordinal);
    }

    private static DeviceRequest Post(string path, string payload) =>
        new(CoapCode.Post, CoapUri.TryParse("coaps://127.0.0.1" + path, out _)!) { Payload = Encoding.UTF8.GetBytes(payload) };
}
