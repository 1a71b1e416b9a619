using System.Net;
using System.Net.Sockets;
using System.Text;
using CoapBridge.Network;
using CoapBridge.Options;

namespace CoapBridge.Tests.Host;

public sealed class ProxyTunnelTests : IDisposable
{
    private readonly TcpListener _proxy = new(IPAddress.Loopback, 0);

    public ProxyTunnelTests() => _proxy.Start();

    public void Dispose() => _proxy.Dispose();

    [Fact]
    public async Task Connect_names_the_broker_and_leaves_its_first_bytes_alone()
    {
        var (fault, request, after) = await Open("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n\u0001\u0002\u0003", "user:pass");
        Assert.Null(fault);
        Assert.Equal(
            "CONNECT broker.example:8883 HTTP/1.1\r\nHost: broker.example:8883\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n\r\n", request);
        Assert.Equal([1, 2, 3], after);
    }

    [Fact]
    public async Task An_ipv6_address_stands_in_brackets()
    {
        var (_, request, _) = await Open("HTTP/1.0 200 OK\r\n\r\n", host: "2001:db8::1");
        Assert.StartsWith("CONNECT [2001:db8::1]:8883 HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "user and a password")]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", "does not lead to broker.example port 8883 (403)")]
    [InlineData("HTTP/1.1 301 Moved\r\nLocation: http://evil\r\n\r\n", "(301)")]
    [InlineData("HTTP/1.1\r\n\r\n", "does not lead")]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n", "something else than HTTP")]
    [InlineData("", "something else than HTTP")]
    [InlineData("HTTP/1.1 200 OK\r\n", "something else than HTTP")] // it never ends
    public async Task What_is_no_way_through_is_explained(string answer, string problem)
    {
        var (fault, _, _) = await Open(answer);
        Assert.Equal(BrokerFaultReason.ProxyRefused, fault!.Reason);
        Assert.Contains(problem, fault.Problem, StringComparison.Ordinal);
        Assert.Contains("Upstream:Mqtt:", fault.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        var (fault, _, _) = await Open("HTTP/1.1 200 OK\r\nX: " + new string('x', 20_000));
        Assert.Equal(BrokerFaultReason.ProxyRefused, fault!.Reason);
    }

    private async Task<(BrokerFault? Fault, string Request, byte[] After)> Open(string answer, string? credentials = null, string host = "broker.example")
    {
        var proxy = new ProxyOptions("127.0.0.1", ((IPEndPoint)_proxy.LocalEndpoint).Port, credentials);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_proxy.LocalEndpoint, TestContext.Current.CancellationToken);
        using var served = await _proxy.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await served.SendAsync(Encoding.Latin1.GetBytes(answer), TestContext.Current.CancellationToken);
        served.Shutdown(SocketShutdown.Send);
        var fault = await ProxyTunnel.OpenAsync(socket, proxy, "Upstream:Mqtt", host, 8883, TestContext.Current.CancellationToken);
        var room = new byte[1000];
        var request = Encoding.ASCII.GetString(room, 0, await served.ReceiveAsync(room, TestContext.Current.CancellationToken));
        var rest = fault is null ? await socket.ReceiveAsync(room, TestContext.Current.CancellationToken) : 0;
        return (fault, request, room[..rest]);
    }
}
