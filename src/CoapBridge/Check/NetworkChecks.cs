using System.Net;
using System.Net.Sockets;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Options;

namespace CoapBridge.Check;

/// <summary>Binds every address as <c>run</c> would, and lets it go again.</summary>
internal static class NetworkChecks
{
    /// <param name="options">The configuration.</param>
    /// <param name="isRunning">A gateway with it runs: then its addresses are taken, and rightly.</param>
    public static IEnumerable<Finding> Examine(BridgeOptions options, bool isRunning)
    {
        foreach (var endpoint in options.Listen.Endpoints)
        {
            yield return Udp(endpoint, isRunning);
        }

        yield return Admin(options.Admin.Listen, isRunning);
    }

    /// <summary>The addresses for devices alone.</summary>
    public static IReadOnlyList<Finding> Devices(BridgeOptions options, bool isRunning) => [.. options.Listen.Endpoints.Select(endpoint => Udp(endpoint, isRunning))];

    private static Finding Udp(IPEndPoint endpoint, bool isRunning)
    {
        if (UdpDoors.TryOpen([endpoint], 1, out var doors, out var fault))
        {
            doors[0].Dispose();
            return new Finding(FindingLevel.Good, $"UDP {endpoint} can be bound");
        }

        return isRunning && fault!.Error == SocketError.AddressAlreadyInUse
            ? new Finding(FindingLevel.Good, $"UDP {endpoint} is held by the coapbridge that is running")
            : new Finding(FindingLevel.Problem, $"UDP {endpoint}: {fault!.Explanation.What}", fault.Explanation.Remedy);
    }

    private static Finding Admin(IPEndPoint endpoint, bool isRunning)
    {
        if (isRunning)
        {
            return new Finding(FindingLevel.Good, $"the admin address {endpoint} is that of the coapbridge that is running");
        }

        try
        {
            using var listener = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(endpoint);
            return IPAddress.IsLoopback(endpoint.Address)
                ? new Finding(FindingLevel.Good, $"the admin address {endpoint} can be bound")
                : new Finding(
                    FindingLevel.Warning, $"the admin address {endpoint} can be reached from outside, without a password",
                    "bind it to 127.0.0.1, or let a firewall guard it");
        }
        catch (SocketException exception)
        {
            return new Finding(FindingLevel.Problem, $"the admin address {endpoint} cannot be bound: {exception.Message}", "choose another address or port for Admin:Listen");
        }
    }
}
