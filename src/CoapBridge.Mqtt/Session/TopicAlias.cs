namespace CoapBridge.Mqtt.Session;

/// <summary>How one PUBLISH uses a Topic Alias (MQTT 5 §3.3.2.3.4).</summary>
/// <param name="Number">0: not at all.</param>
/// <param name="StandsForTopic">The server knows it already: the Topic Name is left out.</param>
internal readonly record struct TopicAlias(ushort Number, bool StandsForTopic);
