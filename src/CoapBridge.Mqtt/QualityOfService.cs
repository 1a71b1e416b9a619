namespace CoapBridge.Mqtt;

/// <summary>How often an Application Message may arrive (MQTT 5 §4.3); the values are those on the wire.</summary>
public enum QualityOfService : byte
{
    AtMostOnce = 0,
    AtLeastOnce = 1,
    ExactlyOnce = 2,
}
