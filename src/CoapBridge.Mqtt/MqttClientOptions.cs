namespace CoapBridge.Mqtt;

/// <summary>Who the client is and how long it may be silent.</summary>
/// <param name="ClientId">The Client Identifier; empty lets the server assign one (MQTT 5 §3.1.3.1).</param>
/// <param name="KeepAlive">Whole seconds, 0 (off) to 65,535 s; the server's own value overrides it (MQTT 5 §3.1.2.10).</param>
public sealed record MqttClientOptions(string ClientId, TimeSpan KeepAlive);
