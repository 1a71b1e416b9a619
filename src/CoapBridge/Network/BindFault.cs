using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Network;

/// <summary>Why an endpoint could not be bound.</summary>
/// <param name="EndPoint">The endpoint as configured.</param>
/// <param name="Error">The system's reason.</param>
internal sealed record BindFault(IPEndPoint EndPoint, SocketError Error)
{
    /// <summary>What is wrong and what to do.</summary>
    public string Problem => Error switch
    {
        SocketError.AddressAlreadyInUse =>
            $"port {EndPoint.Port} is taken by another process; stop that one (ss -ulpn 'sport = :{EndPoint.Port}' names it) or choose another port",
        SocketError.AddressNotAvailable => "no interface of this host has this address; use one of its own, or 0.0.0.0 or [::] for all",
        SocketError.AccessDenied => "binding is not allowed; ports below 1024 need CAP_NET_BIND_SERVICE, so use 1024 or above",
        SocketError.AddressFamilyNotSupported => "this host has no IPv6; leave the endpoint out",
        SocketError.TooManyOpenSockets => "too many open files; raise LimitNOFILE",
        _ => $"cannot be bound: {new SocketException((int)Error).Message}",
    };
}
