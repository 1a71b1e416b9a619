using CoapBridge.Mqtt;

namespace CoapBridge.Tests.Mqtt;

public class TopicFilterTreeTests
{
    private readonly TopicFilterTree<string> _tree = new();

    [Fact]
    public void It_finds_what_the_plain_rule_finds_whatever_is_added_and_removed()
    {
        const int Seed = 20261122;
        var random = new Random(Seed);
        var filters = new HashSet<string>();
        string[] levels = ["a", "b", "", "$c"];
        for (var round = 0; round < 20_000; round++)
        {
            var parts = Enumerable.Range(0, random.Next(1, 5)).Select(_ => levels[random.Next(levels.Length)]).ToList();
            var topic = string.Join('/', parts);
            var filter = string.Join('/', parts.Select(part => random.Next(3) == 0 ? "+" : part)) + (random.Next(3) == 0 ? "/#" : "");
            filter = random.Next(20) == 0 ? "#" : filter;
            if (filter.Length > 0 && random.Next(2) == 0 && filters.Add(filter))
            {
                _tree.Set(filter, filter);
            }
            else if (filters.Remove(filter))
            {
                _tree.Remove(filter);
            }

            var found = new List<string>();
            _tree.Match(topic, found);
            Assert.True(
                found.Order(StringComparer.Ordinal).SequenceEqual(filters.Where(one => TopicFilter.Matches(one, topic)).Order(StringComparer.Ordinal)),
                $"seed {Seed} round {round}: {topic} found {string.Join(' ', found)}");
        }

        foreach (var filter in filters)
        {
            _tree.Remove(filter);
        }

        Assert.Equal(0, _tree.Size);
    }

    [Fact]
    public void A_filter_that_is_the_beginning_of_another_comes_and_goes_by_itself()
    {
        _tree.Set("a/b", "short");
        _tree.Set("a/b/c", "long");
        _tree.Remove("a");
        _tree.Remove("a/b");
        _tree.Remove("x/y");
        var found = new List<string>();
        _tree.Match("a/b", found);
        Assert.Empty(found);
        _tree.Match("a/b/c", found);
        Assert.Equal(["long"], found);
    }
}
