namespace CoapBridge.Mqtt;

/// <summary>Who the client is and how long it may be silent.</summary>
/// <param name="ClientId">The Client Identifier; empty lets the server assign one (MQTT 5 §3.1.3.1).</param>
/// <param name="KeepAlive">Whole seconds, 0 (off) to 65,535 s; the server's own value overrides it (MQTT 5 §3.1.2.10).</param>
public sealed record MqttClientOptions(string ClientId, TimeSpan KeepAlive)
{
    /// <summary>MQTT 3.1.1 for servers that have no 5.</summary>
    public MqttVersion Version { get; init; } = MqttVersion.Mqtt5;

    /// <summary>
    /// How long the server keeps our session without a connection; whole seconds, the server's own value overrides it (MQTT 5
    /// §3.1.2.11.2). Zero: every connection begins with Clean Start. The first one does unless an earlier run's session is taken up, but with
    /// MQTT 3.1.1, which would not keep the session of a clean start at all; there the server alone decides for how long.
    /// </summary>
    public TimeSpan SessionExpiry { get; init; }

    /// <summary>What the server publishes when the connection is lost (MQTT 5 §3.1.2.5); the rules of what we publish.</summary>
    public ApplicationMessage? Will { get; init; }

    /// <summary>How long the server waits for us before it publishes the will; whole seconds.</summary>
    public TimeSpan WillDelay { get; init; }

    /// <summary>
    /// How those topics of the server's own begin that we may publish and subscribe to all the same, like <c>$iothub/</c>. Any other
    /// that begins with '$' is refused before a byte is encoded.
    /// </summary>
    public IReadOnlyList<string> ServerTopics { get; init; } = [];
}
