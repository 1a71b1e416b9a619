using System.Text;
using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>
/// Which paths belong to a route: segments that are text, or <c>{name}</c> for any one, and at the end <c>{*name}</c> for
/// none or more. Compared byte by byte; nothing is decoded or allocated (RFC 7252 §6.5). Immutable.
/// </summary>
internal sealed class PathTemplate
{
    private readonly byte[]?[] _segments; // null: any

    private PathTemplate(string text, byte[]?[] segments, string[] names, bool hasRest)
    {
        Text = text;
        _segments = segments;
        Names = names;
        HasRest = hasRest;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The placeholders by segment; empty where there is text. That of the rest comes last.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Ends with <c>{*name}</c>.</summary>
    public bool HasRest { get; }

    /// <summary>How many segments stand before the rest.</summary>
    public int Length => _segments.Length;

    /// <summary>The text before the first placeholder, as a path of its own.</summary>
    public string Stem => "/" + string.Join('/', _segments.TakeWhile(segment => segment is not null).Select(segment => Encoding.UTF8.GetString(segment!)));

    /// <summary>Equal when two templates have the same paths.</summary>
    public string Shape => string.Join('/', _segments.Select(segment => segment is null ? "{}" : Encoding.UTF8.GetString(segment))) + (HasRest ? "/{*}" : "");

    /// <summary>Null when the text is no template; <paramref name="problem"/> then says why.</summary>
    public static PathTemplate? TryParse(string text, out string problem)
    {
        var parts = text.Split('/');
        var segments = new List<byte[]?>();
        var names = new List<string>();
        problem = "";
        for (var index = 0; index < parts.Length; index++)
        {
            var isLast = index == parts.Length - 1;
            var placeholder = parts[index] is ['{', .. var inner, '}'] ? inner : null;
            var isRest = placeholder is ['*', ..];
            var name = isRest ? placeholder![1..] : placeholder;
            if (name is null ? !IsText(parts[index]) : !IsName(name))
            {
                problem = name is null
                    ? $"segment \"{parts[index]}\" must be text without '{{', '}}', '+', '#' and control characters, or a placeholder like {{name}}"
                    : $"placeholder {parts[index]} must have a name of letters, other than prefix, device and properties";
            }
            else if (name is not null && names.Contains(name))
            {
                problem = $"placeholder {{{name}}} stands twice";
            }
            else if (isRest && !isLast)
            {
                problem = $"{parts[index]} must be the last segment";
            }

            names.Add(name ?? "");
            if (!isRest)
            {
                segments.Add(name is null ? Encoding.UTF8.GetBytes(parts[index]) : null);
            }
        }

        problem = problem.Length == 0 && segments is not [not null, ..] ? "must begin with a segment of text, like t/{*sub}" : problem;
        return problem.Length > 0 ? null : new PathTemplate(text, [.. segments], [.. names], parts[^1].StartsWith("{*", StringComparison.Ordinal));
    }

    public bool Matches(in CoapMessage request)
    {
        var index = 0;
        foreach (var option in request.Options)
        {
            if (option.Number > OptionNumber.UriPath)
            {
                break;
            }

            if (option.Number != OptionNumber.UriPath)
            {
                continue;
            }

            if (index == _segments.Length)
            {
                return HasRest;
            }

            if (_segments[index] is { } text && !option.Value.SequenceEqual(text))
            {
                return false;
            }

            index++;
        }

        return index == _segments.Length;
    }

    /// <summary>Text before placeholders, placeholders before the rest, from the left: the first that matches is the most particular.</summary>
    public int CompareTo(PathTemplate other)
    {
        for (var index = 0; index < Math.Min(Length, other.Length); index++)
        {
            if ((_segments[index] is null) != (other._segments[index] is null))
            {
                return _segments[index] is null ? 1 : -1;
            }
        }

        return Length != other.Length ? other.Length - Length : HasRest.CompareTo(other.HasRest);
    }

    private static bool IsName(string name) => name.Length is > 0 and <= 32 && name.All(char.IsAsciiLetter) && name is not ("prefix" or "device" or "properties");

    private static bool IsText(string segment) =>
        segment.Length > 0 && segment is not ("." or "..") && Encoding.UTF8.GetByteCount(segment) <= 255
        && segment.All(one => one is not ('{' or '}' or '+' or '#') && !char.IsControl(one) && !char.IsSurrogate(one));
}
