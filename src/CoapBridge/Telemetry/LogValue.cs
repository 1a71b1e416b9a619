using System.Globalization;
using System.Text;

namespace CoapBridge.Telemetry;

/// <summary>
/// Writes a value of a <c>key=value</c> line. What a peer chose (a subject, a name) can neither end the line, nor
/// forge another key, nor steer a terminal: everything outside a small set of characters is quoted or escaped.
/// </summary>
internal static class LogValue
{
    /// <summary>Longer values are cut, with <c>…</c> at the end.</summary>
    public const int MaxLength = 512;

    /// <summary>The value as it is when it is a plain word, else in quotes.</summary>
    public static string Format(string value) => value.Length is > 0 and <= MaxLength && value.All(IsPlain) ? value : Quote(value);

    /// <summary>The value in quotes, with everything escaped that is not visible text.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        foreach (var rune in value.AsSpan(0, Math.Min(value.Length, MaxLength)).EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                _ when IsVisible(rune) => text.Append(rune),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
            };
        }

        return text.Append(value.Length > MaxLength ? "…\"" : "\"").ToString();
    }

    private static bool IsPlain(char one) => char.IsAsciiLetterOrDigit(one) || "._:/@+,%-[]*#$".Contains(one, StringComparison.Ordinal);

    // Format characters reverse text on a terminal; separators other than the space break lines in some viewers.
    private static bool IsVisible(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
