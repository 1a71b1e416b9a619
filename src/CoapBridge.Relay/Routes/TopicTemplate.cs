using System.Runtime.CompilerServices;

namespace CoapBridge.Relay;

/// <summary>
/// How the topic of a request is made: levels of text with at most one placeholder in each, so that two paths of a route
/// never come to the same topic (REQUIREMENTS 9.33, 9.34), or all properties in the last. The prefix is put in when it is compiled. Immutable.
/// </summary>
internal sealed class TopicTemplate
{
    private readonly Level[] _levels;
    private readonly TopicLimits _limits;

    private TopicTemplate(Level[] levels, bool isFilter, TopicLimits limits)
    {
        _levels = levels;
        _limits = limits;
        IsFilter = isFilter;
    }

    /// <summary>Ends with <c>#</c>: for commands.</summary>
    public bool IsFilter { get; }

    /// <summary>Some level has the device's name.</summary>
    public bool HasDevice => _levels.Any(level => level.Use == Use.Device);

    /// <summary>The message's properties follow as one more level (<see cref="PropertyBag"/>).</summary>
    public bool HasProperties => _levels is [.., { Use: Use.Properties }];

    /// <summary>Null when the text is no template for such a path; <paramref name="problem"/> then says why.</summary>
    public static TopicTemplate? TryParse(string text, PathTemplate path, string prefix, bool isFilter, TopicLimits limits, out string problem)
    {
        var parts = text.Replace("{prefix}", prefix, StringComparison.Ordinal).Split('/').ToList();
        problem = text.Length == 0 ? "must not be empty" : text[0] == '$' && !(isFilter && text.StartsWith(CommandSource.ServerTopics, StringComparison.Ordinal)) ? "must not begin with '$', which is the broker's own" : "";
        if (isFilter && (parts.Count < 2 || parts[^1] != "#"))
        {
            problem = "of Commands must end with /#";
        }
        else if (isFilter)
        {
            parts.RemoveAt(parts.Count - 1);
        }

        var levels = new List<Level>();
        foreach (var part in parts)
        {
            var level = Parse(part, path, ref problem);
            if (level.Use >= Use.Segment && levels.Exists(other => other.Use == level.Use && other.Segment == level.Segment))
            {
                problem = Or(problem, $"has {{{path.Names[level.Segment]}}} twice");
            }

            levels.Add(level);
        }

        var unused = path.Names.Where((name, index) => name.Length > 0 && !levels.Exists(level => level.Use >= Use.Segment && level.Segment == index)).ToList();
        if (levels.FindIndex(level => level.Use == Use.Properties) is >= 0 and var bag && bag < levels.Count - 1)
        {
            problem = Or(problem, "must have {properties} as the last level");
        }

        if (unused.Count > 0 && !levels.Exists(level => level.Use == Use.Properties)) // the whole path is among the properties
        {
            problem = Or(problem, $"must use {{{string.Join("}, {", unused)}}} of the path, or two paths would be one topic");
        }

        return problem.Length > 0 ? null : new TopicTemplate([.. levels], isFilter, limits);
    }

    /// <summary>The topic of a path; null when it would be none, or one of the broker's own (<c>$…</c>).</summary>
    public string? Compose(in RequestPath path, string device)
    {
        var topic = new DefaultInterpolatedStringHandler(0, 0, null, stackalloc char[256]);
        var isFirst = true;
        foreach (var level in _levels)
        {
            var value = level.Use switch
            {
                Use.Device => device,
                Use.Segment => path[level.Segment],
                Use.Rest => path.From(level.Segment),
                _ => default,
            };
            if (level.Use == Use.Properties || (level.Use == Use.Rest && value.IsEmpty))
            {
                continue;
            }

            topic.AppendLiteral(isFirst ? "" : "/");
            topic.AppendLiteral(level.Before);
            topic.AppendFormatted(value);
            topic.AppendLiteral(level.After);
            isFirst = false;
        }

        var text = topic.ToStringAndClear();
        return text.Length == 0 || text[0] == '$' || !_limits.Fit(text) ? null : text;
    }

    /// <summary>The topic of the shortest path, for questions about the route as a whole; other placeholders are told as <paramref name="sample"/>.</summary>
    public string Sample(string device, string sample) => string.Join('/', _levels
        .Where(level => level.Use is not (Use.Rest or Use.Properties))
        .Select(level => level.Before + (level.Use == Use.Device ? device : level.Use == Use.Segment ? sample : "") + level.After));

    private static Level Parse(string part, PathTemplate path, ref string problem)
    {
        var open = part.IndexOf('{', StringComparison.Ordinal);
        var close = part.IndexOf('}', StringComparison.Ordinal);
        if (open < 0 && close < 0)
        {
            problem = IsText(part) ? problem : Or(problem, $"level \"{part}\" must not be empty or hold '+', '#' and control characters");
            return new Level(part, Use.Text, 0, "");
        }

        var before = open < 0 ? "" : part[..open];
        var after = close < open ? "" : part[(close + 1)..];
        if (open < 0 || close < open || after.AsSpan().ContainsAny('{', '}'))
        {
            problem = Or(problem, $"level \"{part}\" must hold at most one placeholder");
            return default;
        }

        if ((before.Length > 0 && !IsText(before)) || (after.Length > 0 && !IsText(after)))
        {
            problem = Or(problem, $"level \"{part}\" must not hold '+', '#' and control characters");
        }

        var name = part[(open + 1)..close];
        if (name == "device")
        {
            return new Level(before, Use.Device, 0, after);
        }

        if (name == "properties")
        {
            problem = before.Length > 0 || after.Length > 0 ? Or(problem, "must have {properties} as a whole level") : problem;
            return new Level("", Use.Properties, 0, "");
        }

        var segment = path.Names.ToList().IndexOf(name);
        var isRest = path.HasRest && segment == path.Length;
        problem = segment < 0 || name.Length == 0 ? Or(problem, $"has {{{name}}}, which the path does not have; there are {{prefix}}, {{device}}{Known(path)}")
            : isRest && (before.Length > 0 || after.Length > 0) ? Or(problem, $"must have {{{name}}} as a whole level")
            : problem;
        return new Level(before, isRest ? Use.Rest : Use.Segment, Math.Max(0, segment), after);
    }

    private static string Known(PathTemplate path) => string.Concat(path.Names.Where(name => name.Length > 0).Select(name => $", {{{name}}}"));

    private static string Or(string problem, string other) => problem.Length > 0 ? problem : other;

    private static bool IsText(string level) =>
        level.Length > 0 && level.All(one => one is not ('+' or '#') && !char.IsControl(one) && !char.IsSurrogate(one));

    private enum Use : byte
    {
        Text,
        Device,
        Properties,
        Segment,
        Rest,
    }

    private readonly record struct Level(string Before, Use Use, int Segment, string After);
}
