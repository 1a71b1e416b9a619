using System.Net;
using Microsoft.AspNetCore.Http;

namespace CoapBridge.Admin;

/// <summary>
/// Whether a request means this address. A page of somebody else's can give its own name our loopback address (DNS rebinding), and the
/// operator's browser would then let it read what we answer; but the name stays in the Host header. Who listens for a network
/// is asked by names that only the network knows, so there every name will do.
/// </summary>
internal static class HostCheck
{
    /// <param name="listen">Where the admin address is.</param>
    /// <param name="host">The Host header; without one it is no browser.</param>
    public static bool IsMeant(IPAddress listen, HostString host) =>
        !IPAddress.IsLoopback(listen) || !host.HasValue || string.Equals(host.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host, out var address) && IPAddress.IsLoopback(address));
}
