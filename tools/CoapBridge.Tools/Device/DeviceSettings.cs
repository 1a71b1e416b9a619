using System.Net;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Sessions;
using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Tools.Device;

/// <summary>What a <see cref="DeviceClient"/> needs. May be shared by any number of them.</summary>
public sealed record DeviceSettings
{
    /// <summary>The gateway's UDP address.</summary>
    public required IPEndPoint Server { get; init; }

    /// <summary>The device's certificate and key.</summary>
    public required DtlsCredentials Credentials { get; init; }

    /// <summary>Who the gateway must be.</summary>
    public required GatewayTrust Trust { get; init; }

    /// <summary>To be resumed if the gateway still has it; null: a full handshake.</summary>
    public DtlsSession? Session { get; init; }

    /// <summary>For the whole handshake.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TransmissionParameters Transmission { get; init; } = TransmissionParameters.Default;

    public IEntropy Entropy { get; init; } = new SystemEntropy();

    /// <summary>Takes a line for each datagram and message that goes or comes; called on the client's task.</summary>
    public Action<string>? Trace { get; init; }
}
