using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Options;

/// <summary>Section <c>Routes</c>: a list of objects, compiled by the Relay room. Left out, the default routes are in force.</summary>
internal static class Routes
{
    /// <summary>The compiled table; the default one when there is a mistake.</summary>
    public static RouteTable Read(SettingsReader reader, TopicsOptions topics, UpstreamOptions upstream)
    {
        var places = reader.Places("Routes");
        IReadOnlyList<RouteEntry> entries = places.Count == 0
            ? [.. RouteTable.DefaultEntries.Where(entry => ProblemOf(entry.Kind, topics, upstream) is null)]
            : [.. places.Select(place => Entry(reader, $"Routes:{place}", topics, upstream))];
        reader.RefuseValue("Routes", "must be a list of routes; leave it out for the default routes");
        if (RouteTable.TryCompile(entries, topics.Prefix, out var table, out var errors, topics.Limits))
        {
            return table;
        }

        foreach (var error in errors)
        {
            reader.Refuse(new OptionsError($"Routes:{places[error.Index]}:{error.Key}", error.Problem, error.Value));
        }

        return RouteTable.Default;
    }

    private static RouteEntry Entry(SettingsReader reader, string key, TopicsOptions topics, UpstreamOptions upstream)
    {
        return new RouteEntry(
            reader.Required<string>($"{key}:Path", text => new(text), "-"),
            reader.Required($"{key}:Kind", text => Kind(text, topics, upstream), RouteKind.Publish),
            reader.Required<string>($"{key}:Topic", text => new(text), "-"))
        {
            Quality = reader.Value<QualityOfService?>($"{key}:Qos", Quality, null),
            Keeps = reader.Value($"{key}:Keep", Rule.Flag, false),
            Retains = reader.Value($"{key}:Retain", text => Retain(text, upstream), false),
            Expiry = reader.Value<uint?>($"{key}:Expiry", Seconds, null),
            MaximumBody = reader.Value($"{key}:MaxBody", Rule.Whole(0, 1 << 20), Route.DefaultMaximumBody),
            ContentFormats = reader.List($"{key}:ContentFormats", Format, []),
            DemandsEcho = reader.Value($"{key}:Echo", Rule.Flag, false),
            AsRequests = reader.Value($"{key}:AsRequests", Rule.Flag, false),
            Filter = reader.Value<string?>($"{key}:Filter", text => new(text), null),
            Reply = reader.Value<string?>($"{key}:Reply", text => new(text), null),
        };
    }

    private static Checked<RouteKind> Kind(string text, TopicsOptions topics, UpstreamOptions upstream)
    {
        var kind = Rule.OneOf<RouteKind>()(text);
        return kind.Problem is null && ProblemOf(kind.Value, topics, upstream) is { } problem ? new(default, problem) : kind;
    }

    private static string? ProblemOf(RouteKind kind, TopicsOptions topics, UpstreamOptions upstream) => upstream.ProblemOf(kind)
        ?? (kind == RouteKind.Call && topics.Gateway is null ? "needs a topic for the answers: set Topics:Gateway, or leave this route out" : null);

    private static Checked<bool> Retain(string text, UpstreamOptions upstream) =>
        Rule.Flag(text) is { Problem: null, Value: true } && upstream.ProblemOf(RouteKind.State) is { } problem ? new(false, problem) : Rule.Flag(text);

    private static Checked<QualityOfService?> Quality(string text) => text switch
    {
        "0" => new(QualityOfService.AtMostOnce),
        "1" => new(QualityOfService.AtLeastOnce),
        _ => new(null, "must be 0 or 1; leave it out for CON 1, NON 0"),
    };

    private static Checked<uint?> Seconds(string text) =>
        Rule.Span(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365))(text) is { Problem: null, Value: var span } ? new((uint)Math.Ceiling(span.TotalSeconds))
            : new(null, Rule.Span(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365))(text).Problem);

    private static Checked<ushort> Format(string text) =>
        Rule.Whole(0, ushort.MaxValue)(text) is { Problem: null, Value: var number } ? new((ushort)number) : new(0, "must be a Content-Format number, like 50 for JSON");
}
