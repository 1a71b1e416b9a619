using System.Diagnostics.CodeAnalysis;
using System.Text;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Mqtt.Session;

/// <summary>The server's Topic Aliases of one connection, up to the maximum that we announced (MQTT 5 §3.3.2.3.4).</summary>
internal sealed class InboundAliases
{
    private readonly string?[] _topics = new string?[MqttLimits.InboundTopicAliases];

    /// <summary>A connection begins: nothing is defined [MQTT-3.3.2-7].</summary>
    public void Clear() => Array.Clear(_topics);

    /// <summary>The topic of a PUBLISH; one that comes with an alias redefines it.</summary>
    public bool TryResolve(in PublishPacket publish, [MaybeNullWhen(false)] out string topic, out MqttFault fault)
    {
        fault = default;
        if (!publish.Topic.IsEmpty)
        {
            topic = Encoding.UTF8.GetString(publish.Topic);
            if (publish.TopicAlias > 0)
            {
                _topics[publish.TopicAlias - 1] = topic;
            }

            return true;
        }

        topic = _topics[publish.TopicAlias - 1];
        fault = MqttFault.ProtocolError("a topic alias that was not defined on this connection");
        return topic is not null;
    }
}
