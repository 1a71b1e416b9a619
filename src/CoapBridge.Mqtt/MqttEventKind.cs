namespace CoapBridge.Mqtt;

/// <summary>The kinds of <see cref="MqttEvent"/>. Each connection ends with exactly one ConnectionRefused or ConnectionClosed.</summary>
public enum MqttEventKind
{
    /// <summary>CONNACK with 0x00 came: messages may be published.</summary>
    ConnectionAccepted,

    /// <summary>CONNACK with a failure came.</summary>
    ConnectionRefused,

    /// <summary>PUBACK or PUBREC came; its reason code may be a failure.</summary>
    PublishAcknowledged,

    /// <summary>The bytes of a QoS 0 PUBLISH were taken by the driver.</summary>
    PublishHandedOver,

    /// <summary>
    /// The connection ended first; the message is sent again if the session is resumed. Not the ticket's last event:
    /// PublishAcknowledged or PublishLost follows, on a later connection.
    /// </summary>
    PublishUnconfirmed,

    /// <summary>The connection, or the session, ended first; whether the server has the message is not known.</summary>
    PublishLost,

    /// <summary>The connection ended before the message's turn came: the server does not have it.</summary>
    PublishNotSent,

    /// <summary>SUBACK came, with a reason code for each filter.</summary>
    SubscribeAcknowledged,

    /// <summary>UNSUBACK came.</summary>
    UnsubscribeAcknowledged,

    /// <summary>PINGRESP came for a <see cref="MqttClientEngine.Ping"/>: the server has dealt with all that was sent before it.</summary>
    PingAnswered,

    /// <summary>A message of the server's came.</summary>
    MessageReceived,

    /// <summary>The connection ended after, or without, a CONNACK of success. Comes after all Publish… events.</summary>
    ConnectionClosed,
}
