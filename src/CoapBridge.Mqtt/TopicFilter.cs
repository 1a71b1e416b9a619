namespace CoapBridge.Mqtt;

/// <summary>The rules of a Topic Filter (MQTT 5 §4.7.1).</summary>
public static class TopicFilter
{
    /// <summary>'#' only as the last level [MQTT-4.7.1-1], '+' only as a whole level [MQTT-4.7.1-2].</summary>
    public static bool IsValid(string filter)
    {
        foreach (var range in filter.AsSpan().Split('/'))
        {
            var level = filter.AsSpan(range);
            if ((level.Contains('#') && (level.Length > 1 || range.End.Value < filter.Length)) || (level.Contains('+') && level.Length > 1))
            {
                return false;
            }
        }

        return filter.Length > 0;
    }

    /// <summary>What we ask for: well-formed, of at most <see cref="MqttLimits.FilterLevels"/> levels, and none of the server's own ($…) but those allowed.</summary>
    internal static bool MaySend(string filter, IReadOnlyList<string> serverTopics) =>
        IsValid(filter) && TopicName.MayBegin(filter, serverTopics) && MqttText.MaySend(filter) && filter.AsSpan().Count('/') < MqttLimits.FilterLevels;

    /// <summary>A wildcard at the front does not match a topic that begins with '$' [MQTT-4.7.2-1].</summary>
    public static bool Matches(string filter, string topic)
    {
        if (topic.StartsWith('$') && filter is ['+' or '#', ..])
        {
            return false;
        }

        var filterLevels = filter.Split('/');
        var topicLevels = topic.Split('/');
        for (var index = 0; index < filterLevels.Length; index++)
        {
            if (filterLevels[index] == "#")
            {
                return true;
            }

            if (index >= topicLevels.Length || (filterLevels[index] != "+" && filterLevels[index] != topicLevels[index]))
            {
                return false;
            }
        }

        return filterLevels.Length == topicLevels.Length;
    }
}
