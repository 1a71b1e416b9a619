using System.Text;
using CoapBridge.Relay;

namespace CoapBridge.Upstream.Amqp;

/// <summary>
/// Topics as routing keys: levels are joined by '.', as RabbitMQ's MQTT plug-in joins them. Within a level '.', '*' and '%' are
/// written %2E, %2A and %25, so that no two topics have the same key, and no name of a device can be read as more levels or as a
/// wildcard: device "a.e" posting to /t must not be device "a" posting to /e/t.
/// </summary>
internal static class RoutingKey
{
    /// <summary>Of a short string, in bytes (AMQP 0.9.1 §4.2.5.3).</summary>
    private const int MaximumLength = 255;

    /// <summary>Limits within which every topic has a key: a device whose topic has none hears so, before its message is stored.</summary>
    public static TopicLimits Within(TopicLimits limits) => limits with { Octets = Math.Min(limits.Octets, MaximumLength), Escaped = "%.*" };

    /// <summary>The key of a topic; null when it is too long for one.</summary>
    public static string? OfTopic(string topic) => Fitting(Join(topic));

    /// <summary>The key that binds a queue to the topics of a filter; null when it is too long.</summary>
    public static string? OfFilter(string filter) => Fitting(Join(filter).Replace('+', '*')); // a level of its own in filters

    /// <summary>The topic of a key; null when it is the key of none.</summary>
    public static string? ToTopic(string key)
    {
        var topic = new StringBuilder(key.Length);
        for (var index = 0; index < key.Length; index++)
        {
            var letter = key[index];
            if (letter is '/' or '*' or '+' or '#' || char.IsControl(letter))
            {
                return null;
            }

            if (letter == '%')
            {
                if (Unescape(key.AsSpan(index)) is not { } escaped)
                {
                    return null;
                }

                topic.Append(escaped);
                index += 2;
            }
            else
            {
                topic.Append(letter == '.' ? '/' : letter);
            }
        }

        return topic.ToString();
    }

    // '%' first, or it would escape the escapes; '.' last, which then stands between levels only.
    private static string Join(string topic) => topic.Replace("%", "%25", StringComparison.Ordinal)
        .Replace(".", "%2E", StringComparison.Ordinal).Replace("*", "%2A", StringComparison.Ordinal).Replace('/', '.');

    private static char? Unescape(ReadOnlySpan<char> text) => text switch
    {
        ['%', '2', '5', ..] => '%',
        ['%', '2', 'E', ..] => '.',
        ['%', '2', 'A', ..] => '*',
        _ => null,
    };

    private static string? Fitting(string key) => Encoding.UTF8.GetByteCount(key) <= MaximumLength ? key : null;
}
