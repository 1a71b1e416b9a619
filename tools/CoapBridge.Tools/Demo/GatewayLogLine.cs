using System.Text;

namespace CoapBridge.Tools.Demo;

/// <summary>A line of the gateway's log: <c>event key=value key="quoted value" …</c>, with time and level in front or without.</summary>
/// <param name="Event">Its name: <c>handshake</c>.</param>
/// <param name="Text">The line from the event on.</param>
/// <param name="Values">By key; escapes undone.</param>
public sealed record GatewayLogLine(string Event, string Text, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>Null when there is no event in it.</summary>
    public static GatewayLogLine? TryParse(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var values = new Dictionary<string, string>();
        var (name, start) = ("", 0);
        var at = 0;
        while (at < line.Length)
        {
            var begin = at;
            var word = TakeWord(line, ref at);
            if (word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                values.TryAdd(word[..equals], word[(equals + 1)..]);
            }
            else if (values.Count == 0 && word.Length > 0)
            {
                // The last bare word before the first value; what a peer chose is always a value.
                (name, start) = (word, begin);
            }
        }

        return name.Length > 0 && values.Count > 0 ? new(name, line[start..], values) : null;
    }

    public string? this[string key] => Values.GetValueOrDefault(key);

    private static string TakeWord(string line, ref int at)
    {
        var word = new StringBuilder();
        var quoted = false;
        for (; at < line.Length && (quoted || line[at] != ' '); at++)
        {
            if (line[at] == '"')
            {
                quoted = !quoted;
            }
            else if (line[at] == '\\' && quoted && at + 1 < line.Length)
            {
                word.Append(line[++at]);
            }
            else
            {
                word.Append(line[at]);
            }
        }

        at++;
        return word.ToString();
    }
}
