namespace CoapBridge.Identity;

/// <summary>
/// A Resource: topic levels, compared whole. A level <c>*</c> stands for exactly one, as the last for one or more, alone
/// for everything. A variable stands for its value as it is: no star in it matches, no slash in it separates.
/// </summary>
internal sealed class ResourcePattern
{
    private readonly Level[] _levels;

    private ResourcePattern(string text, Level[] levels)
    {
        Text = text;
        _levels = levels;
    }

    public string Text { get; }

    /// <summary>Null when the text is no pattern; <paramref name="fault"/> then says why.</summary>
    public static ResourcePattern? TryParse(string text, out string fault)
    {
        var levels = text.Split('/');
        fault = text.Length == 0 ? "a resource must not be empty"
            : levels.Contains("") ? $"resource \"{text}\" has an empty level"
            : text.AsSpan().ContainsAny('+', '#') ? $"resource \"{text}\": + and # are not wildcards here, use *"
            : levels.Any(level => level != "*" && level.Contains('*')) ? $"resource \"{text}\": a * must be a whole level"
            : "";
        var parsed = new List<Level>();
        foreach (var level in levels)
        {
            parsed.Add(fault.Length > 0 ? default : Level.Parse(level, ref fault));
        }

        return fault.Length > 0 ? null : new(text, [.. parsed]);
    }

    public PolicyTruth Matches(in PolicyRequest request)
    {
        var truth = PolicyTruth.Yes;
        ReadOnlySpan<char> topic = request.Topic;
        for (var i = 0; i < _levels.Length; i++)
        {
            var isLast = i == _levels.Length - 1;
            if (isLast && _levels[i].IsStar)
            {
                return i == 0 || !topic.IsEmpty ? truth : PolicyTruth.No;
            }

            var slash = topic.IndexOf('/');
            var matches = _levels[i].Matches(slash < 0 ? topic : topic[..slash], request);
            truth = matches < truth ? matches : truth;
            if (truth == PolicyTruth.No || (slash < 0) != isLast)
            {
                return PolicyTruth.No;
            }

            topic = topic[(slash + 1)..];
        }

        return truth;
    }

    /// <summary>One level; null pieces make a star.</summary>
    private readonly record struct Level((string Text, PolicyVariable? Variable)[]? Pieces)
    {
        public bool IsStar => Pieces is null;

        public static Level Parse(string level, ref string fault)
        {
            if (level == "*")
            {
                return default;
            }

            var pieces = new List<(string, PolicyVariable?)>();
            while (level.IndexOf("${", StringComparison.Ordinal) is >= 0 and var start)
            {
                var end = level.IndexOf('}', start);
                var name = end < 0 ? level[(start + 2)..] : level[(start + 2)..end];
                if (end < 0 || PolicyVariable.TryParse(name) is not { } variable)
                {
                    fault = end < 0
                        ? $"resource level \"{level}\" has ${{ without }}"
                        : $"variable ${{{name}}} is not known; known: {PolicyVariable.Known}";
                    return default;
                }

                pieces.Add((level[..start], variable));
                level = level[(end + 1)..];
            }

            pieces.Add((level, null));
            return new([.. pieces]);
        }

        public PolicyTruth Matches(ReadOnlySpan<char> level, in PolicyRequest request)
        {
            if (IsStar)
            {
                return level.IsEmpty ? PolicyTruth.No : PolicyTruth.Yes;
            }

            foreach (var (text, variable) in Pieces!)
            {
                if (!Skip(ref level, text))
                {
                    return PolicyTruth.No;
                }

                if (variable is not null)
                {
                    if (variable.Resolve(request) is not { } value)
                    {
                        return level.IsEmpty ? PolicyTruth.No : PolicyTruth.Unknown;
                    }

                    if (!Skip(ref level, value))
                    {
                        return PolicyTruth.No;
                    }
                }
            }

            return level.IsEmpty ? PolicyTruth.Yes : PolicyTruth.No;
        }

        private static bool Skip(ref ReadOnlySpan<char> level, ReadOnlySpan<char> piece)
        {
            if (!level.StartsWith(piece, StringComparison.Ordinal))
            {
                return false;
            }

            level = level[piece.Length..];
            return true;
        }
    }
}
