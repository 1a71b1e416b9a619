namespace CoapBridge.Mqtt;

/// <summary>Why an MQTT connection ended.</summary>
public enum ConnectionEnd
{
    None,

    /// <summary>We said DISCONNECT.</summary>
    LocalDisconnect,

    /// <summary>The server said DISCONNECT.</summary>
    ServerDisconnect,

    /// <summary>CONNACK refused us.</summary>
    Refused,

    /// <summary>The transport ended without a word.</summary>
    TransportLost,

    /// <summary>The server broke the protocol; we said DISCONNECT with the reason.</summary>
    ServerFault,

    /// <summary>No CONNACK in time.</summary>
    ConnackTimeout,

    /// <summary>No PINGRESP in time.</summary>
    PingTimeout,
}
