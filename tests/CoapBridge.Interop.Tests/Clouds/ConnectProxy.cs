using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CoapBridge.Interop.Tests.Clouds;

/// <summary>
/// An HTTP proxy on loopback that takes a cloud's real name and leads to its emulated endpoint: so a profile runs with the host names
/// and ports that it has, and no name is ever looked up.
/// </summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Dictionary<string, int> _ports;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="ports">Of each <c>host:port</c>, where it is on loopback.</param>
    public ConnectProxy(Dictionary<string, int> ports)
    {
        _ports = ports;
        _listener.Start();
        _running = AcceptAsync();
    }

    public string Setting => $"--Upstream:Mqtt:Proxy=http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var from = client;
        using var to = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            var target = await ReadTargetAsync(from);
            await to.ConnectAsync(IPAddress.Loopback, _ports[target], _stop.Token);
            await from.SendAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), _stop.Token);
            await Task.WhenAny(PumpAsync(from, to), PumpAsync(to, from));
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end has gone.
        }
    }

    private async Task<string> ReadTargetAsync(Socket from)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await from.ReceiveAsync(one, _stop.Token) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString().Split(' ')[1];
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16_384];
        int length;
        while ((length = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
        {
            await to.SendAsync(buffer.AsMemory(0, length), _stop.Token);
        }
    }
}
