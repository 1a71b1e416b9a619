namespace CoapBridge.Mqtt;

/// <summary>What a reason code says in general (MQTT 5 §2.4).</summary>
public static class MqttReasonCodes
{
    /// <summary>0x80 and above are failures, also those that have no name.</summary>
    public static bool IsFailure(this MqttReasonCode reason) => (byte)reason >= 0x80;
}
