using CoapBridge.Relay;
using CoapBridge.Upstream.Amqp;

namespace CoapBridge.Tests.Host.Amqp;

public class RoutingKeyTests
{
    [Theory]
    [InlineData("devices/device-1/t", "devices.device-1.t")]
    [InlineData("devices/a.e/t", "devices.a%2Ee.t")]
    [InlineData("devices/a%2Ee/t", "devices.a%252Ee.t")]
    [InlineData("devices/*/t", "devices.%2A.t")]
    [InlineData("devices/..//.", "devices.%2E%2E..%2E")]
    [InlineData("a", "a")]
    [InlineData("devices/größe/t", "devices.größe.t")]
    public void A_topic_and_its_key_are_each_others(string topic, string key)
    {
        Assert.Equal(key, RoutingKey.OfTopic(topic));
        Assert.Equal(topic, RoutingKey.ToTopic(key));
    }

    [Fact]
    public void A_device_whose_name_has_a_dot_has_no_key_of_another_device()
    {
        Assert.NotEqual(RoutingKey.OfTopic("devices/a/e/t"), RoutingKey.OfTopic("devices/a.e/t"));
        Assert.NotEqual(RoutingKey.OfTopic("devices/a/e/t"), RoutingKey.OfTopic("devices/a/e.t"));
    }

    /// <summary>All names of up to four letters that mean something: no two topics of two levels have the same key.</summary>
    [Fact]
    public void No_two_topics_have_the_same_key()
    {
        var levels = new List<string> { "" };
        for (var length = 0; length < 4; length++)
        {
            levels.AddRange([.. levels.Where(level => level.Length == length).SelectMany(level => ".*%25EA/a".Select(letter => level + letter))]);
        }

        var keys = new Dictionary<string, string>();
        foreach (var topic in levels)
        {
            Assert.True(keys.TryAdd(RoutingKey.OfTopic(topic)!, topic), $"{topic} and {keys[RoutingKey.OfTopic(topic)!]}");
            Assert.Equal(topic, RoutingKey.ToTopic(RoutingKey.OfTopic(topic)!));
        }

        Assert.True(keys.Count > 7_000);
    }

    [Fact]
    public void A_binding_matches_a_device_only_whatever_its_name()
    {
        Assert.Equal("devices.%2A.c.#", RoutingKey.OfFilter("devices/*/c/#"));
        Assert.Equal("devices.a%2Eb.c.#", RoutingKey.OfFilter("devices/a.b/c/#"));
    }

    [Theory]
    [InlineData("devices.a/b.t")]
    [InlineData("devices.*.t")]
    [InlineData("devices.#")]
    [InlineData("devices.+.t")]
    [InlineData("devices.a%.t")]
    [InlineData("devices.a%2")]
    [InlineData("devices.a%2e.t")]
    [InlineData("devices.a%20b.t")]
    [InlineData("devices.a\0.t")]
    public void A_key_that_no_topic_has_is_none(string key) => Assert.Null(RoutingKey.ToTopic(key));

    [Fact]
    public void Whatever_fits_the_limits_of_topics_has_a_key_and_nothing_else()
    {
        var limits = RoutingKey.Within(TopicLimits.Mqtt);
        var random = new Random(1);
        for (var round = 0; round < 2_000; round++)
        {
            var topic = string.Concat(Enumerable.Range(0, random.Next(120, 260)).Select(_ => "aaaaaaö.*%"[random.Next(10)]));
            Assert.Equal(RoutingKey.OfTopic(topic) is not null, limits.Fit(topic));
        }

        Assert.Equal(100, RoutingKey.Within(TopicLimits.Mqtt with { Octets = 100 }).Octets);
    }

    [Fact]
    public void A_key_has_at_most_255_bytes()
    {
        Assert.NotNull(RoutingKey.OfTopic(new string('a', 255)));
        Assert.Null(RoutingKey.OfTopic(new string('a', 256)));
        Assert.Null(RoutingKey.OfTopic(new string('ö', 128)));
        Assert.Null(RoutingKey.OfTopic(new string('.', 86)));
        Assert.Null(RoutingKey.OfFilter(new string('a', 254) + "/#"));
    }
}
