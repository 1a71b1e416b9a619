using System.Globalization;

namespace CoapBridge.Status;

/// <summary>A line of the log, as far as its words are concerned.</summary>
/// <param name="Event">The event's name.</param>
/// <param name="State">The line's values, by the names of the template.</param>
/// <param name="Text">All of it.</param>
/// <param name="Exception">Null: none.</param>
internal sealed record ProblemEntry(string Event, IReadOnlyList<KeyValuePair<string, object?>> State, string Text, Exception? Exception)
{
    private const string TemplateKey = "{OriginalFormat}";

    /// <summary>A value; or, where the line's template itself says <c>remedy="…"</c>, what it says. Null when there is none.</summary>
    public string? this[string key]
    {
        get
        {
            foreach (var (name, value) in State)
            {
                if (string.Equals(name, key, StringComparison.OrdinalIgnoreCase))
                {
                    return value is null ? null : Convert.ToString(value, CultureInfo.InvariantCulture);
                }
            }

            return Literal(key);
        }
    }

    private string? Literal(string key)
    {
        var template = State.FirstOrDefault(pair => pair.Key == TemplateKey).Value as string ?? "";
        var opening = $"{key}=\"";
        var start = template.IndexOf(opening, StringComparison.Ordinal);
        var end = start < 0 ? -1 : template.IndexOf('"', start + opening.Length);
        return end < 0 ? null : template[(start + opening.Length)..end];
    }
}
