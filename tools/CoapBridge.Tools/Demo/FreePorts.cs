using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Tools.Demo;

/// <summary>Ports on loopback that were free a moment ago: bound, and released for the process that is told of them.</summary>
internal static class FreePorts
{
    public static int Udp() => Take(SocketType.Dgram, ProtocolType.Udp);

    public static int Tcp() => Take(SocketType.Stream, ProtocolType.Tcp);

    private static int Take(SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
