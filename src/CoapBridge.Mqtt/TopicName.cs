namespace CoapBridge.Mqtt;

/// <summary>The rules of a Topic Name (MQTT 5 §4.7).</summary>
internal static class TopicName
{
    /// <summary>
    /// What we publish to: at least one character [MQTT-4.7.3-1], no U+0000 [MQTT-4.7.3-2], at most 65,535 bytes
    /// [MQTT-4.7.3-3], no wildcards [MQTT-3.3.2-2]; by our own rule never a topic of the server's ($…).
    /// </summary>
    public static bool MaySend(string topic) =>
        topic.Length > 0 && topic[0] != '$' && !HasWildcard(topic) && MqttText.MaySend(topic);

    /// <summary>No '+' or '#' [MQTT-3.3.2-2].</summary>
    public static bool HasWildcard(string topic) => topic.AsSpan().IndexOfAny('+', '#') >= 0;

    /// <summary>No '+' or '#' [MQTT-3.3.2-2].</summary>
    public static bool HasWildcard(ReadOnlySpan<byte> topic) => topic.IndexOfAny((byte)'+', (byte)'#') >= 0;
}
