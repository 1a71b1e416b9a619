using System.Text;

namespace CoapBridge.Relay;

/// <summary>
/// What a topic may be at most. A broker that takes less than MQTT does may close the connection of all devices over one topic that is
/// too long, so such a request is refused here.
/// </summary>
/// <param name="Levels">Levels of a topic, one more than its slashes.</param>
/// <param name="Octets">Its length in UTF-8.</param>
public readonly record struct TopicLimits(int Levels, int Octets)
{
    /// <summary>MQTT's own length (MQTT 5 §1.5.4), and more levels than a request can have.</summary>
    public static TopicLimits Mqtt { get; } = new(128, 65_535);

    /// <summary>Characters that this broker's names of topics write as three octets.</summary>
    public string Escaped { get; init; } = "";

    /// <summary>Whether the broker takes the topic.</summary>
    public bool Fit(string topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        var escaped = Escaped.Sum(letter => topic.AsSpan().Count(letter));
        return topic.AsSpan().Count('/') < Levels && Encoding.UTF8.GetByteCount(topic) + (2 * escaped) <= Octets;
    }
}
