using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>Ports on loopback that were free a moment ago.</summary>
internal static class Ports
{
    public static int FreeUdp() => Take(SocketType.Dgram, ProtocolType.Udp);

    public static int FreeTcp() => Take(SocketType.Stream, ProtocolType.Tcp);

    private static int Take(SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
