using System.Text.RegularExpressions;
using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>
/// One subscription that brings the commands of all devices, for clouds that allow few: which device a message is for stands in its
/// topic, or in the property bag there. Immutable.
/// </summary>
/// <param name="Filter">What is subscribed to.</param>
/// <param name="Topic">
/// The topics of its messages: text, <c>{device}</c>, <c>{name}</c>, <c>{id}</c>; as the last level <c>#</c> for the name, or
/// <c>{properties}</c> for a bag with <c>device</c> and <c>name</c> in it.
/// </param>
/// <param name="Reply">Where the reply goes: text, <c>{status}</c>, <c>{id}</c>; null: where the message says.</param>
/// <param name="Lifetime">How long a command without an expiry of its own waits; null: as any other.</param>
public sealed record CommandSource(string Filter, string Topic, string? Reply, TimeSpan? Lifetime)
{
    /// <summary>Stands in a reply topic until the status is known.</summary>
    public const string StatusPlace = "{status}";

    /// <summary>How the topics of a cloud's own begin that may be configured.</summary>
    public const string ServerTopics = "$iothub/";

    private const string IdPlace = "{id}";

    private static readonly (string Place, string Pattern)[] Places =
    [
        ("{device}", "(?<device>[^/]+)"), ("{name}", "(?<name>[^/]+)"), (IdPlace, "(?<id>[^/]+)"), ("{properties}", "(?<properties>.*)"), ("/#", "(?:/(?<name>.+))?"), // # takes the level above it, too (MQTT 5 §4.7.1.2)
    ];

    private readonly Regex _topics = new($"^{Pattern(Topic)}\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>The topics of a device's commands as far as they are the same for all its commands: what the access policy is asked about.</summary>
    public string ResourceOf(string device) => string.Join('/', Topic.Split('/').TakeWhile(level => level != "#" && !level.Replace("{device}", "", StringComparison.Ordinal).Contains('{', StringComparison.Ordinal)))
        .Replace("{device}", device, StringComparison.Ordinal);

    /// <summary>False when the message names no device.</summary>
    public bool TryRead(ApplicationMessage message, out CommandAddress address)
    {
        address = default;
        if (_topics.Match(message.Topic) is not { Success: true } match)
        {
            return false;
        }

        var bag = match.Groups["properties"] is { Success: true } properties ? PropertyBag.Read(properties.Value) : [];
        var device = Part("device");
        var id = match.Groups["id"] is { Success: true } group ? group.Value : bag.GetValueOrDefault(PropertyBag.MessageId);
        var reply = Reply is null ? message.ResponseTopic
            : !Reply.Contains(IdPlace, StringComparison.Ordinal) ? Reply
            : id is null ? null
            : Reply.Replace(IdPlace, id, StringComparison.Ordinal);
        address = new CommandAddress(device, Part("name"), reply);
        return device.Length > 0;

        string Part(string name) => match.Groups[name] is { Success: true } group ? group.Value : bag.GetValueOrDefault(name, "");
    }

    public bool Equals(CommandSource? other) =>
        other is not null && (Filter, Topic, Reply, Lifetime) == (other.Filter, other.Topic, other.Reply, other.Lifetime);

    public override int GetHashCode() => HashCode.Combine(Filter, Topic, Reply, Lifetime);

    /// <summary>The source that a route means; null, with what is wrong, when it means none.</summary>
    public static CommandSource? TryParse(RouteEntry entry, string prefix, out (string Key, string Problem) mistake)
    {
        var topic = entry.Topic.Replace("{prefix}", prefix, StringComparison.Ordinal);
        var filter = entry.Filter!.Replace("{prefix}", prefix, StringComparison.Ordinal);
        var sample = Places.Aggregate(topic, (text, place) => text.Replace(place.Place, place.Place[0] == '/' ? "/x" : "x", StringComparison.Ordinal));
        mistake = !MayBegin(filter) || !MayBegin(topic) ? ("Filter", $"must not begin with '$', which is the broker's own, but for {ServerTopics}")
            : !TopicFilter.IsValid(filter) ? ("Filter", "must be a topic filter, like devices/+/c/#")
            : !HasOnce(topic, "{device}") && !HasOnce(topic, "{properties}") ? ("Topic", "must hold {device}, or {properties} as its last level, or no device is known to be meant")
            : sample.AsSpan().ContainsAny("{}+#") || topic.Split('/').Any(level => level.Length == 0) || Misplaced(topic, "#") || Misplaced(topic, "{properties}")
                ? ("Topic", "may hold {prefix}, {device}, {name} and {id}, and as its last level # or {properties}")
            : !TopicFilter.Matches(filter, sample) ? ("Filter", $"does not match the topics of Topic, like {sample}")
            : entry.Reply is { } reply && (!MayBegin(reply) || reply.Replace(IdPlace, "", StringComparison.Ordinal).Replace(StatusPlace, "", StringComparison.Ordinal).AsSpan().ContainsAny("{}+#"))
                ? ("Reply", "must be a topic with {status} and {id} at most")
            : default;
        return mistake == default ? new CommandSource(filter, topic, entry.Reply, entry.Expiry is { } seconds ? TimeSpan.FromSeconds(seconds) : null) : null;
    }

    private static bool MayBegin(string text) => !text.StartsWith('$') || text.StartsWith(ServerTopics, StringComparison.Ordinal);

    private static bool HasOnce(string text, string place) =>
        text.IndexOf(place, StringComparison.Ordinal) is >= 0 and var first && first == text.LastIndexOf(place, StringComparison.Ordinal);

    /// <summary>It stands somewhere, but not as the last level.</summary>
    private static bool Misplaced(string topic, string place) =>
        topic.Contains(place, StringComparison.Ordinal) && !(HasOnce(topic, place) && topic.EndsWith($"/{place}", StringComparison.Ordinal));

    private static string Pattern(string topic)
    {
        var pattern = Regex.Escape(topic);
        foreach (var (place, group) in Places)
        {
            pattern = pattern.Replace(Regex.Escape(place), group, StringComparison.Ordinal);
        }

        return pattern;
    }
}
