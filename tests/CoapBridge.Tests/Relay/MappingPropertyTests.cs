using System.Text;
using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>REQUIREMENTS 9.33, 9.34, ATTACKS I11: whatever the bytes of a path, it has one topic of its own or none, and only one that the policy allows.</summary>
public class MappingPropertyTests
{
    private const int Pairs = 1_000_000;

    /// <summary>What paths are made of: pieces that would mean something in MQTT or in a template, and their neighbours.</summary>
    private static readonly byte[][] Pieces =
    [
        "a"u8.ToArray(), "b"u8.ToArray(), "/"u8.ToArray(), "+"u8.ToArray(), "#"u8.ToArray(), "."u8.ToArray(), "$"u8.ToArray(), "%2F"u8.ToArray(), "{x}"u8.ToArray(),
        "-"u8.ToArray(), "m"u8.ToArray(), "meter-7"u8.ToArray(), "meter-8"u8.ToArray(), "devices"u8.ToArray(), "SYS"u8.ToArray(), "share"u8.ToArray(), [0], [0x0A], [0x7F],
        [0xC3, 0xA4], [0xC3], [0xA4], [0xED, 0xA0, 0x80], [0xEF, 0xBF, 0xBE], [0xC2, 0x85], [0xF0, 0x9F, 0x8C, 0xA1], " "u8.ToArray(), [0xE2, 0x80, 0x8B], [0x61, 0xCC, 0x88],
    ];

    private static readonly string[][] Templates =
    [
        ["t/{*sub}", "{prefix}/{device}/t/{sub}"], ["p/{*topic}", "{topic}"], ["m/{x}/{y}", "a/{y}/m-{x}-m/{device}"],
        ["r/{x}/{*rest}", "{device}/{rest}/-{x}"], ["s/{x}/m/{y}/{*rest}", "s{y}/{rest}/m/{x}s"],
    ];

    [Fact]
    public void Two_paths_of_a_route_never_come_to_one_topic()
    {
        var random = new Random(20261122);
        var routes = Templates.Select(pair => Compile(new RouteEntry(pair[0], RouteKind.Publish, pair[1])).Routes[0]).ToArray();
        var topics = new Dictionary<(Route Route, string Topic), byte[]>();
        var composed = 0;
        for (var pair = 0; pair < Pairs; pair++)
        {
            // Each path is compared with all that came before it on its route: far more pairs than are counted.
            var route = routes[random.Next(routes.Length)];
            var bytes = Request(RandomPath(random, route.Path.Text.Split('/')));
            CoapMessage.TryParse(bytes, out var message, out _);
            if (!route.Path.Matches(message) || Compose(route, message) is not { } topic)
            {
                continue;
            }

            composed++;
            AssertTopicName(topic);
            var path = PathBytes(message);
            if (topics.TryGetValue((route, topic), out var before))
            {
                Assert.Equal(before, path);
            }
            else if (topics.Count < 400_000)
            {
                topics.Add((route, topic), path);
            }
        }

        Assert.True(composed > Pairs / 20, $"only {composed} paths had a topic");
    }

    [Fact]
    public void No_device_touches_a_topic_that_its_policy_does_not_name()
    {
        var random = new Random(20261123);
        const string policy = """
            { "Version": "1", "Statement": [
              { "Effect": "Allow", "Action": ["Publish", "Retain", "Get", "Observe", "Command", "Call"], "Resource": ["devices/${device}/*"] } ] }
            """;
        var relay = new Relayed(policy);
        relay.TakeSubscriptions();
        string[] first = ["ps", "t", "e", "rpc", "c", "cr"];
        CoapCode[] methods = [CoapCode.Get, CoapCode.Put, CoapCode.Post, CoapCode.Delete];
        var touched = 0;
        for (var number = 0; number < 100_000; number++)
        {
            var path = RandomPath(random, [first[random.Next(first.Length)], "{*rest}"]);
            if (path.Count > 1 && path[0] is [(byte)'p', (byte)'s'] && random.Next(2) == 0)
            {
                path.Insert(1, "devices"u8.ToArray());
                path.Insert(2, random.Next(4) == 0 ? "meter-8"u8.ToArray() : "meter-7"u8.ToArray());
            }

            var client = Relayed.NewClient();
            var request = new RawRequest([.. path])
            {
                Method = methods[random.Next(methods.Length)], Options = random.Next(2) == 0 ? [(OptionNumber.Observe, [])] : [],
            };
            relay.HandleRequest(client, request);
            foreach (var change in relay.TakeSubscriptions().Where(change => change.Wanted))
            {
                touched++;
                AssertOwn(change.Filter);
                relay.Settle(change.Filter, "1");
            }

            while (relay.Uplink.TryTakePublish(out var publish))
            {
                touched++;
                AssertOwn(publish.Message.Topic);
                relay.Acknowledge(publish);
            }

            relay.TakeAnswers();
            relay.TakeNotifications();
            relay.Uplink.HandleClientGone(relay.Now, client);
            relay.Now += TimeSpan.FromSeconds(1);
            relay.HandleTimeout();
            while (relay.Uplink.TryTakeDeskMessage(out var told))
            {
                Assert.Equal("meter-7", told.Device);
            }
        }

        Assert.True(touched > 2_500, $"only {touched} topics were touched");
    }

    private static void AssertOwn(string topic)
    {
        AssertTopicName(topic);
        Assert.StartsWith("devices/meter-7/", topic, StringComparison.Ordinal);
    }

    private static void AssertTopicName(string topic)
    {
        Assert.True(TopicName.MaySend(topic, []), topic);
        Assert.DoesNotContain("", topic.Split('/'));
        Assert.DoesNotContain("..", topic.Split('/'));
    }

    private static string? Compose(Route route, in CoapMessage message)
    {
        var text = new char[RequestPath.LengthFor(message)];
        return RequestPath.TryRead(message, text, new int[RequestPath.MaximumSegments + 1], out var path) ? route.Topic.Compose(path, "meter-7") : null;
    }

    /// <summary>Mostly paths of the template, and some that are of none.</summary>
    private static List<byte[]> RandomPath(Random random, IReadOnlyList<string> template)
    {
        var path = new List<byte[]>();
        foreach (var segment in template)
        {
            var count = segment.StartsWith("{*", StringComparison.Ordinal) ? random.Next(4) : 1;
            for (var number = 0; number < count; number++)
            {
                path.Add(segment[0] != '{' && random.Next(50) > 0 ? Encoding.UTF8.GetBytes(segment) : RandomSegment(random));
            }
        }

        return path;
    }

    private static byte[] RandomSegment(Random random)
    {
        var segment = new List<byte>();
        for (var count = random.Next(8) == 0 ? random.Next(4) : 1; count > 0; count--)
        {
            segment.AddRange(Pieces[random.Next(random.Next(3) == 0 ? Pieces.Length : 2)]);
        }

        return [.. segment];
    }

    private static byte[] Request(List<byte[]> path)
    {
        var writer = new CoapWriter(new byte[1024], MessageType.Confirmable, CoapCode.Post, 1, []);
        foreach (var segment in path)
        {
            writer.WriteOption(OptionNumber.UriPath, segment);
        }

        return writer.Written.ToArray();
    }

    private static byte[] PathBytes(in CoapMessage message)
    {
        var bytes = new List<byte>();
        foreach (var option in message.Options)
        {
            bytes.Add((byte)option.Value.Length);
            bytes.AddRange(option.Value);
        }

        return [.. bytes];
    }

    private static RouteTable Compile(RouteEntry entry) =>
        RouteTable.TryCompile([entry], "devices", out var table, out _) ? table : throw new InvalidOperationException(entry.Path);
}
