using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Network;

/// <summary>Why an endpoint could not be bound.</summary>
/// <param name="EndPoint">The endpoint as configured.</param>
/// <param name="Error">The system's reason.</param>
internal sealed record BindFault(IPEndPoint EndPoint, SocketError Error)
{
    /// <summary>What is wrong and what to do.</summary>
    public string Problem => Explanation is { Remedy: { } remedy } both ? $"{both.What}; {remedy}" : Explanation.What;

    /// <summary>The same in two parts.</summary>
    public (string What, string? Remedy) Explanation => Error switch
    {
        SocketError.AddressAlreadyInUse => (
            $"port {EndPoint.Port} is taken by another process", $"stop that one (ss -ulpn 'sport = :{EndPoint.Port}' names it) or choose another port in Listen:Endpoints"),
        SocketError.AddressNotAvailable => ("no interface of this host has this address", "use one of its own in Listen:Endpoints, or 0.0.0.0 or [::] for all"),
        SocketError.AccessDenied => ("binding is not allowed", "ports below 1024 need CAP_NET_BIND_SERVICE, so use 1024 or above in Listen:Endpoints"),
        SocketError.AddressFamilyNotSupported => ("this host has no IPv6", "leave the endpoint out of Listen:Endpoints"),
        SocketError.TooManyOpenSockets => ("too many open files", "raise LimitNOFILE"),
        _ => ($"cannot be bound: {new SocketException((int)Error).Message}", null),
    };
}
