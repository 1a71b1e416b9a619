namespace CoapBridge.Mqtt;

/// <summary>What <see cref="MqttClientEngine.Publish"/> did with a message. Only an accepted one gets an event later.</summary>
public enum PublishOutcome
{
    Accepted,

    /// <summary>No CONNACK yet, or the connection has ended.</summary>
    NotConnected,

    /// <summary>A cap of <see cref="MqttLimits"/> is reached.</summary>
    QueueFull,

    /// <summary>Larger than the server's Maximum Packet Size [MQTT-3.2.2-15], or than we would ever hold.</summary>
    TooLarge,

    /// <summary>Above the server's Maximum QoS [MQTT-3.2.2-11].</summary>
    QualityOfServiceNotSupported,

    /// <summary>The server's Retain Available is 0 [MQTT-3.2.2-14].</summary>
    RetainNotSupported,

    /// <summary>The topic or response topic breaks the rules of Topic Names, or begins with '$'.</summary>
    TopicInvalid,

    /// <summary>A property does not fit: a string that is no clean UTF-8, or a field over 65,535 bytes.</summary>
    PropertyInvalid,

    /// <summary>Said to be UTF-8 and is not.</summary>
    PayloadNotUtf8,
}
