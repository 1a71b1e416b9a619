namespace CoapBridge.Mqtt;

/// <summary>
/// A refused input of the peer, as a value: the reason code for DISCONNECT (MQTT 5 §4.13) and a short text that names
/// the broken rule.
/// </summary>
internal readonly record struct MqttFault(MqttReasonCode Reason, string Rule)
{
    /// <summary>The bytes cannot be parsed (0x81).</summary>
    public static MqttFault Malformed(string rule) => new(MqttReasonCode.MalformedPacket, rule);

    /// <summary>The packet can be parsed, but is not allowed here (0x82).</summary>
    public static MqttFault ProtocolError(string rule) => new(MqttReasonCode.ProtocolError, rule);
}
