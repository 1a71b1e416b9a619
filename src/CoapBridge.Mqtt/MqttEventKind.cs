namespace CoapBridge.Mqtt;

/// <summary>The kinds of <see cref="MqttEvent"/>. Each connection ends with exactly one ConnectionRefused or ConnectionClosed.</summary>
public enum MqttEventKind
{
    /// <summary>CONNACK with 0x00 came: messages may be published.</summary>
    ConnectionAccepted,

    /// <summary>CONNACK with a failure came.</summary>
    ConnectionRefused,

    /// <summary>PUBACK came; its reason code may be a failure.</summary>
    PublishAcknowledged,

    /// <summary>The bytes of a QoS 0 PUBLISH were taken by the driver.</summary>
    PublishHandedOver,

    /// <summary>The connection ended first; whether the server has the message is not known.</summary>
    PublishLost,

    /// <summary>The connection ended after, or without, a CONNACK of success. Comes after all PublishLost.</summary>
    ConnectionClosed,
}
