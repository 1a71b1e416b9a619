using System.Globalization;
using System.Net.Sockets;
using System.Text;
using CoapBridge.Options;

namespace CoapBridge.Network;

/// <summary>Asks an HTTP proxy for a way through: CONNECT (RFC 9110 §9.3.6). What comes after the answer's empty line is the broker's.</summary>
internal static class ProxyTunnel
{
    private const int MaximumAnswer = 8 * 1024;

    /// <summary>Null when the socket now leads to the broker; else why not, with the keys of the configuration's section.</summary>
    public static async Task<BrokerFault?> OpenAsync(Socket socket, ProxyOptions proxy, string section, string host, int port, CancellationToken stop)
    {
        try
        {
            await SendAsync(socket, Request(proxy, host, port), stop).ConfigureAwait(false);
            var answer = await ReadAnswerAsync(socket, stop).ConfigureAwait(false);
            return answer is null ? Fault(proxy, "answered with something else than HTTP", $"check that {section}:Proxy is an HTTP proxy")
                : Judge(proxy, answer, section, host, port);
        }
        catch (SocketException exception)
        {
            return Fault(proxy, $"ended the connection: {exception.Message}", "see the proxy's log");
        }
    }

    private static byte[] Request(ProxyOptions proxy, string host, int port)
    {
        var target = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
        var authorization = proxy.Credentials is { } credentials
            ? $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}\r\n" : "";
        return Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n");
    }

    private static BrokerFault? Judge(ProxyOptions proxy, string answer, string section, string host, int port)
    {
        // "HTTP/1.1 200 Connection established": RFC 9112 §4.
        var parts = answer.Split("\r\n", 2)[0].Split(' ', 3);
        var code = parts.Length > 1 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return code switch
        {
            >= 200 and < 300 => null,
            407 => Fault(proxy, "wants a user and a password (407)", $"give them in {section}:Proxy, as http://user:password@host:port"),
            _ => Fault(proxy, $"does not lead to {host} port {port} ({code})", $"allow CONNECT to the broker in the proxy, or check {section}:Host and Port"),
        };
    }

    private static BrokerFault Fault(ProxyOptions proxy, string problem, string remedy) =>
        new(BrokerFaultReason.ProxyRefused, $"the proxy {proxy} {problem}", remedy);

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, stop).ConfigureAwait(false)..];
        }
    }

    /// <summary>Byte by byte, so that nothing of the broker's is taken; null when it is not the head of an HTTP answer.</summary>
    private static async Task<string?> ReadAnswerAsync(Socket socket, CancellationToken stop)
    {
        var answer = new byte[MaximumAnswer];
        for (var length = 0; length < answer.Length; length++)
        {
            if (await socket.ReceiveAsync(answer.AsMemory(length, 1), stop).ConfigureAwait(false) == 0)
            {
                return null;
            }

            if (answer.AsSpan(0, length + 1).EndsWith("\r\n\r\n"u8))
            {
                var text = Encoding.Latin1.GetString(answer, 0, length + 1);
                return text.StartsWith("HTTP/1.", StringComparison.Ordinal) ? text : null;
            }
        }

        return null;
    }
}
