namespace CoapBridge.Mqtt;

/// <summary>The caps of <see cref="MqttClientEngine"/>: nothing that the broker or a caller does makes it hold more.</summary>
public static class MqttLimits
{
    /// <summary>The Maximum Packet Size that we announce, in bytes; enforced before buffering.</summary>
    public const int InboundPacketSize = 256 * 1024;

    /// <summary>The Receive Maximum that we announce.</summary>
    public const ushort InboundReceiveMaximum = 64;

    /// <summary>At most this many PUBLISH packets wait for their PUBACK, also if the server would take more.</summary>
    public const int InFlight = 1024;

    /// <summary>At most this many messages wait for a place in the window.</summary>
    public const int Waiting = 4096;

    /// <summary>At most this many bytes of messages are in flight or waiting.</summary>
    public const int OutstandingBytes = 64 * 1024 * 1024;

    /// <summary>Above this many bytes that the driver has not taken, QoS 0 is refused and QoS 1 waits.</summary>
    public const int TransmitBytes = 1024 * 1024;

    /// <summary>From the transport's connection to CONNACK.</summary>
    public static readonly TimeSpan ConnackTimeout = TimeSpan.FromSeconds(10);

    /// <summary>From PINGREQ to PINGRESP.</summary>
    public static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);
}
