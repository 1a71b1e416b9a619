using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>One device's end inside the gateway: its DTLS connection and, once it is known, its CoAP endpoint.</summary>
internal sealed class DeviceLink(NetworkPath path, DtlsConnection connection, ulong helloFingerprint, Instant now) : RelayClient
{
    public NetworkPath Path => path;

    public DtlsConnection Connection => connection;

    /// <summary>Tells a repeated hello from one of a client that started over.</summary>
    public ulong HelloFingerprint => helloFingerprint;

    public Instant Since { get; private set; } = now;

    /// <summary>Null until the handshake is done.</summary>
    public CoapEndpoint? Endpoint { get; private set; }

    /// <summary>Waits in the shard's queue of links that may have something to send.</summary>
    public bool IsQueued { get; set; }

    public Instant? NextDeadline => Instant.Earliest(connection.NextDeadline, connection.IsEstablished ? Endpoint?.NextDeadline : null);

    /// <summary>A request is open, or an answer is not acknowledged yet.</summary>
    public bool HasUnfinished => OpenPublishes > 0 || Endpoint is { HasUnfinished: true };

    public void Establish(DeviceIdentity device, CoapEndpoint endpoint, Instant now)
    {
        Device = device;
        Endpoint = endpoint;
        Since = now;
    }
}
