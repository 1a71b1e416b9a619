namespace CoapBridge.Mqtt.Session;

/// <summary>
/// Our Topic Aliases of one connection (MQTT 5 §3.3.2.3.4). The first topics get them for as long as it lasts: with more topics
/// than aliases, taking one away would cost more bytes than it saves.
/// </summary>
internal sealed class OutgoingAliases
{
    private readonly Dictionary<string, ushort> _numbers = [];
    private int _maximum;

    /// <summary>A connection begins: nothing is defined [MQTT-3.3.2-7], and the server's maximum holds [MQTT-3.2.2-17].</summary>
    public void Open(ushort topicAliasMaximum)
    {
        _numbers.Clear();
        _maximum = Math.Min((int)topicAliasMaximum, MqttLimits.OutboundTopicAliases);
    }

    /// <summary>The alias for the next PUBLISH to a topic; with it the topic is known to the server.</summary>
    public TopicAlias Use(string topic)
    {
        if (_numbers.TryGetValue(topic, out var number))
        {
            return new TopicAlias(number, StandsForTopic: true);
        }

        if (_numbers.Count >= _maximum)
        {
            return default;
        }

        number = (ushort)(_numbers.Count + 1);
        _numbers.Add(topic, number);
        return new TopicAlias(number, StandsForTopic: false);
    }
}
