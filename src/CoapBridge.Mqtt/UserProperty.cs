namespace CoapBridge.Mqtt;

/// <summary>A User Property (MQTT 5 §3.3.2.3.7): names may repeat, order is kept. Each part is at most 65,535 bytes of UTF-8.</summary>
public readonly record struct UserProperty(string Name, string Value);
