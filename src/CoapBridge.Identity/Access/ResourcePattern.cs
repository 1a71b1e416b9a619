namespace CoapBridge.Identity;

/// <summary>
/// A Resource: topic levels, compared whole. A level <c>*</c> stands for exactly one, as the last for one or more, alone
/// for everything. <c>${device}</c> stands for the device's name, which by its grammar has no slash and no star.
/// </summary>
internal sealed class ResourcePattern
{
    private const string DeviceVariable = "${device}";
    private readonly string[][] _levels; // each level: the pieces between its variables

    private ResourcePattern(string[][] levels) => _levels = levels;

    /// <summary>Null when the text is no pattern; <paramref name="fault"/> then says why.</summary>
    public static ResourcePattern? TryParse(string text, out string fault)
    {
        var levels = text.Split('/');
        fault = text.Length == 0 ? "a resource must not be empty"
            : levels.Contains("") ? $"resource \"{text}\" has an empty level"
            : text.AsSpan().ContainsAny('+', '#') ? $"resource \"{text}\": + and # are not wildcards here, use *"
            : levels.Any(level => level != "*" && level.Contains('*')) ? $"resource \"{text}\": a * must be a whole level"
            : text.Replace(DeviceVariable, "", StringComparison.Ordinal).Contains("${", StringComparison.Ordinal)
                ? $"not yet available: a variable other than {DeviceVariable} in resource \"{text}\""
            : "";
        return fault.Length > 0 ? null : new([.. levels.Select(level => level.Split(DeviceVariable))]);
    }

    public bool Matches(ReadOnlySpan<char> topic, string device)
    {
        for (var i = 0; i < _levels.Length; i++)
        {
            var isLast = i == _levels.Length - 1;
            if (isLast && IsStar(_levels[i]))
            {
                return i == 0 || !topic.IsEmpty;
            }

            var slash = topic.IndexOf('/');
            if (!MatchesLevel(_levels[i], slash < 0 ? topic : topic[..slash], device))
            {
                return false;
            }

            if (slash < 0)
            {
                return isLast;
            }

            topic = topic[(slash + 1)..];
        }

        return false; // the topic has more levels
    }

    private static bool IsStar(string[] level) => level is ["*"];

    private static bool MatchesLevel(string[] pieces, ReadOnlySpan<char> level, string device)
    {
        if (IsStar(pieces))
        {
            return !level.IsEmpty;
        }

        for (var i = 0; i < pieces.Length; i++)
        {
            if (!Skip(ref level, pieces[i]) || (i < pieces.Length - 1 && !Skip(ref level, device)))
            {
                return false;
            }
        }

        return level.IsEmpty;
    }

    private static bool Skip(ref ReadOnlySpan<char> level, string piece)
    {
        if (!level.StartsWith(piece, StringComparison.Ordinal))
        {
            return false;
        }

        level = level[piece.Length..];
        return true;
    }
}
