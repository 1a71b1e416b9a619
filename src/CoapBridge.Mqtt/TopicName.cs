namespace CoapBridge.Mqtt;

/// <summary>The rules of a Topic Name (MQTT 5 §4.7).</summary>
internal static class TopicName
{
    /// <summary>
    /// What we publish to: at least one character [MQTT-4.7.3-1], no U+0000 [MQTT-4.7.3-2], at most 65,535 bytes
    /// [MQTT-4.7.3-3], no wildcards [MQTT-3.3.2-2]; by our own rule no topic of the server's ($…) but those that begin like one of
    /// <paramref name="serverTopics"/>.
    /// </summary>
    public static bool MaySend(string topic, IReadOnlyList<string> serverTopics) =>
        topic.Length > 0 && MayBegin(topic, serverTopics) && !HasWildcard(topic) && MqttText.MaySend(topic);

    /// <summary>Not with '$', but for what is allowed.</summary>
    public static bool MayBegin(string text, IReadOnlyList<string> serverTopics) =>
        text[0] != '$' || serverTopics.Any(allowed => text.StartsWith(allowed, StringComparison.Ordinal));

    /// <summary>No '+' or '#' [MQTT-3.3.2-2].</summary>
    public static bool HasWildcard(string topic) => topic.AsSpan().IndexOfAny('+', '#') >= 0;

    /// <summary>No '+' or '#' [MQTT-3.3.2-2].</summary>
    public static bool HasWildcard(ReadOnlySpan<byte> topic) => topic.IndexOfAny((byte)'+', (byte)'#') >= 0;
}
