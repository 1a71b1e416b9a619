using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>An observer of a topic.</summary>
internal sealed class StateObservation(RelayClient client, Token token, TopicState topic, uint? accept) : Observation(client, token)
{
    public TopicState Topic => topic;

    /// <summary>The only format that it takes; null: any (RFC 7252 §5.10.4).</summary>
    public uint? Accept => accept;

    /// <summary>Its place among the topic's observers; −1 when it is none.</summary>
    public int Place { get; set; } = -1;
}
