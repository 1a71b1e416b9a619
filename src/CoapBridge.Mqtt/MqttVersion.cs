namespace CoapBridge.Mqtt;

/// <summary>
/// The protocol version, as its number on the wire (MQTT 5 §3.1.2.2). MQTT 3.1.1 has no properties: what a message carries beyond
/// topic, payload, QoS and retain flag is left out. It has no reason codes either: every PUBACK is a success, a failing
/// CONNACK is told as its MQTT 5 equivalent, and a server ends a connection without a word.
/// </summary>
public enum MqttVersion : byte
{
    Mqtt311 = 4,
    Mqtt5 = 5,
}
