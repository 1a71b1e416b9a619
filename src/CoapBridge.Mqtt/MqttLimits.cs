namespace CoapBridge.Mqtt;

/// <summary>The caps of <see cref="MqttClientEngine"/>: nothing that the broker or a caller does makes it hold more.</summary>
public static class MqttLimits
{
    /// <summary>The Maximum Packet Size that we announce, in bytes; enforced before buffering.</summary>
    public const int InboundPacketSize = 256 * 1024;

    /// <summary>The Receive Maximum that we announce.</summary>
    public const ushort InboundReceiveMaximum = 128;

    /// <summary>The Topic Alias Maximum that we announce.</summary>
    public const ushort InboundTopicAliases = 32;

    /// <summary>User Properties of an inbound message that are kept; further ones are left out.</summary>
    public const int InboundUserProperties = 64;

    /// <summary>At most this many PUBLISH packets wait for their PUBACK, also if the server would take more.</summary>
    public const int InFlight = 1024;

    /// <summary>At most this many Topic Aliases of ours, also if the server would take more.</summary>
    public const int OutboundTopicAliases = 1024;

    /// <summary>At most this many SUBSCRIBE and UNSUBSCRIBE packets wait for their acknowledgement.</summary>
    public const int OpenRequests = 256;

    /// <summary>At most this many filters in one packet; a widespread cloud broker takes no more.</summary>
    public const int FiltersPerPacket = 8;

    /// <summary>At most this many levels in a Topic Filter.</summary>
    public const int FilterLevels = 128;

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
