using System.Diagnostics.CodeAnalysis;
using CoapBridge.Coap;
using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>Which request belongs to which <see cref="Route"/>. Immutable; a reload makes another.</summary>
public sealed class RouteTable
{
    /// <summary>First segments that no route may take: they are the gateway's own.</summary>
    private static readonly string[] Reserved = [".well-known", "time", CommandReplySegment];

    internal const string CommandReplySegment = "cr";

    private readonly Route[] _routes; // the most particular first

    private RouteTable(IEnumerable<Route> routes, IReadOnlyList<CommandSource> sources, string prefix)
    {
        CommandSources = sources;
        _routes = [.. routes.Order(Comparer<Route>.Create((left, right) => left.Path.CompareTo(right.Path)))];
        Commands = Array.Find(_routes, route => route.Kind == RouteKind.Commands);
        Prefix = prefix;
    }

    /// <summary>The routes that are in force when the configuration has none (PRODUCT.md, "Resources").</summary>
    public static IReadOnlyList<RouteEntry> DefaultEntries { get; } =
    [
        new RouteEntry("t/{*sub}", RouteKind.Publish, "{prefix}/{device}/t/{sub}"),
        new RouteEntry("e/{*sub}", RouteKind.Publish, "{prefix}/{device}/e/{sub}") { Quality = QualityOfService.AtLeastOnce, Keeps = true },
        new RouteEntry("ps/{*topic}", RouteKind.State, "{topic}"),
        new RouteEntry("c", RouteKind.Commands, "{prefix}/{device}/c/#"),
        new RouteEntry("rpc/{name}", RouteKind.Call, "{prefix}/{device}/rpc/{name}"),
    ];

    /// <summary>The default routes below <c>devices</c>.</summary>
    public static RouteTable Default { get; } =
        TryCompile(DefaultEntries, "devices", out var table, out _) ? table : throw new InvalidOperationException("The default routes are not valid.");

    /// <summary>The topic levels that stand for <c>{prefix}</c>.</summary>
    public string Prefix { get; }

    /// <summary>The routes.</summary>
    public IReadOnlyList<Route> Routes => _routes;

    /// <summary>The route of commands; null when devices get none.</summary>
    public Route? Commands { get; }

    /// <summary>The subscriptions that bring the commands of all devices; empty when each device has one of its own.</summary>
    public IReadOnlyList<CommandSource> CommandSources { get; }

    /// <summary>Compiles the routes of a configuration; false with every mistake in <paramref name="errors"/>.</summary>
    /// <param name="entries">At least one.</param>
    /// <param name="prefix">Topic levels that stand for <c>{prefix}</c>.</param>
    /// <param name="table">The table; null when there is a mistake.</param>
    /// <param name="errors">Every mistake, with the place and the key of its route.</param>
    /// <param name="limits">What the broker's topics may be at most; null: what MQTT lets them be.</param>
    public static bool TryCompile(
        IReadOnlyList<RouteEntry> entries, string prefix, [NotNullWhen(true)] out RouteTable? table, out IReadOnlyList<RouteError> errors,
        TopicLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var found = new List<RouteError>();
        var routes = new List<Route>();
        var sources = new List<CommandSource>();
        for (var index = 0; index < entries.Count; index++)
        {
            var source = SourceOf(entries[index], index, prefix, found);
            if (source is not null)
            {
                sources.Add(source);
                if (routes.Exists(other => other.Kind == RouteKind.Commands && other.Path.Text == entries[index].Path))
                {
                    continue; // another way by which the same commands come
                }
            }
            else if (entries[index] is { Kind: RouteKind.Commands, Filter: not null })
            {
                continue; // its mistake is told
            }

            if (Compile(entries[index], source, index, prefix, limits ?? TopicLimits.Mqtt, found) is { } route)
            {
                var twin = routes.FindIndex(other => other.Path.Shape == route.Path.Shape);
                if (twin >= 0)
                {
                    found.Add(new RouteError(index, "Path", $"has the same paths as \"{routes[twin].Path.Text}\"; give each its own", route.Path.Text));
                }
                else if (route.Kind == RouteKind.Commands && routes.Exists(other => other.Kind == RouteKind.Commands))
                {
                    found.Add(new RouteError(index, "Kind", "Commands is taken by another route; a device has one", nameof(RouteKind.Commands)));
                }

                routes.Add(route);
            }
        }

        errors = found;
        table = found.Count == 0 ? new RouteTable(routes, sources, prefix) : null;
        return table is not null;
    }

    /// <summary>The route of the request's path; null when there is none.</summary>
    public Route? Find(in CoapMessage request)
    {
        foreach (var route in _routes)
        {
            if (route.Path.Matches(request))
            {
                return route;
            }
        }

        return null;
    }

    private static Route? Compile(RouteEntry entry, CommandSource? source, int index, string prefix, TopicLimits limits, List<RouteError> errors)
    {
        if (PathTemplate.TryParse(entry.Path, out var problem) is not { } path)
        {
            errors.Add(new RouteError(index, "Path", problem, entry.Path));
            return null;
        }

        if (Reserved.Contains(entry.Path.Split('/')[0]))
        {
            errors.Add(new RouteError(index, "Path", $"must not begin with {string.Join(", ", Reserved)}: these are the gateway's own", entry.Path));
        }

        var isCommands = entry.Kind == RouteKind.Commands;
        if (isCommands && (path.HasRest || path.Names.Any(name => name.Length > 0)))
        {
            errors.Add(new RouteError(index, "Path", "of Commands must be text only, like c", entry.Path));
            return null;
        }

        var text = source is null ? entry.Topic : $"{source.ResourceOf("{device}")}/#";
        if (TopicTemplate.TryParse(text, path, prefix, isCommands, limits, out problem) is not { } topic)
        {
            errors.Add(new RouteError(index, "Topic", problem, entry.Topic));
            return null;
        }

        if (topic.HasProperties && entry.Kind != RouteKind.Publish)
        {
            errors.Add(new RouteError(index, "Topic", "may hold {properties} for Publish only, or with Filter", entry.Topic));
        }

        if (isCommands && source is null && !topic.HasDevice)
        {
            errors.Add(new RouteError(index, "Topic", "of Commands must hold {device}, or a device would get another's commands", entry.Topic));
        }

        if (isCommands && source is null && entry.Topic.StartsWith('$'))
        {
            errors.Add(new RouteError(index, "Topic", "must not begin with '$', which is the broker's own", entry.Topic));
        }

        RefuseUnused(entry, index, errors);
        return new Route(entry.Kind, path, topic)
        {
            Quality = entry.Keeps ? QualityOfService.AtLeastOnce : entry.Quality,
            Keeps = entry.Keeps,
            Retains = entry.Retains,
            Expiry = entry.Expiry,
            MaximumBody = entry.MaximumBody,
            ContentFormats = entry.ContentFormats.Count > 0 ? entry.ContentFormats.ToHashSet() : null,
            DemandsEcho = entry.DemandsEcho,
            AsRequests = entry.AsRequests,
            SharedFilter = source?.Filter,
        };
    }

    private static CommandSource? SourceOf(RouteEntry entry, int index, string prefix, List<RouteError> errors)
    {
        if (entry.Kind != RouteKind.Commands || entry.Filter is null)
        {
            return null;
        }

        var source = CommandSource.TryParse(entry, prefix, out var mistake);
        if (source is null)
        {
            errors.Add(new RouteError(index, mistake.Key, mistake.Problem, (mistake.Key switch { "Filter" => entry.Filter, "Reply" => entry.Reply, _ => entry.Topic })!));
        }

        return source;
    }

    /// <summary>A setting that a kind would not obey is a mistake of whoever wrote it.</summary>
    private static void RefuseUnused(RouteEntry entry, int index, List<RouteError> errors)
    {
        if (entry.Retains && entry.Kind != RouteKind.Publish)
        {
            errors.Add(new RouteError(index, "Retain", $"is for Publish only; {entry.Kind} decides by the method", "true"));
        }

        if (entry.Keeps && (entry.Kind != RouteKind.Publish || entry.Quality == QualityOfService.AtMostOnce))
        {
            errors.Add(new RouteError(index, "Keep", "is for Publish with Qos 1 only; set Keep to false, or leave Qos out", "true"));
        }

        if (entry.Filter is not null && entry.Kind != RouteKind.Commands)
        {
            errors.Add(new RouteError(index, "Filter", "is for Commands only", entry.Filter));
        }

        if (entry.Reply is not null && entry.Filter is null)
        {
            errors.Add(new RouteError(index, "Reply", "is for Commands with Filter only", entry.Reply));
        }

        if (entry.AsRequests && entry.Kind != RouteKind.Commands)
        {
            errors.Add(new RouteError(index, "AsRequests", "is for Commands only", "true"));
        }

        if (entry.Quality is not null && entry.Kind is RouteKind.Commands)
        {
            errors.Add(new RouteError(index, "Qos", "is not for Commands, which are always 1", $"{(byte)entry.Quality}"));
        }
    }
}
