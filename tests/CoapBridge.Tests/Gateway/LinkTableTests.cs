using CoapBridge.Gateway;
using CoapBridge.Tests.Dtls;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

public class LinkTableTests
{
    private static readonly DtlsPair Pair = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_table_does_what_a_dictionary_would(int seed)
    {
        var random = new Random(seed);
        var table = new LinkTable<NetworkPath, ByPath>((ulong)random.NextInt64());
        var model = new Dictionary<NetworkPath, DeviceLink>();
        for (var round = 0; round < 30_000; round++)
        {
            // It grows to some hundreds, shrinks to nothing, and grows again.
            var grows = round / 3_000 % 2 == 0;
            var path = PathOf(random.Next(1_000));
            if (random.Next(10) < (grows ? 7 : 2))
            {
                var link = LinkAt(path);
                table.Put(link);
                model[path] = link;
            }
            else if (model.TryGetValue(path, out var link))
            {
                table.Remove(path, LinkAt(path));
                Assert.Same(link, table.Find(path));
                table.Remove(path, link);
                model.Remove(path);
            }

            Assert.Equal(model.Count, table.Count);
            Assert.Same(model.GetValueOrDefault(path), table.Find(path));
        }

        Assert.All(model, pair => Assert.Same(pair.Value, table.Find(pair.Key)));
        Assert.Equal(model.Values.ToHashSet(), table.Links.ToHashSet());
    }

    [Fact]
    public void A_link_that_has_moved_is_removed_from_where_it_was()
    {
        var table = new LinkTable<NetworkPath, ByPath>(7);
        var links = Enumerable.Range(0, 200).Select(number => LinkAt(PathOf(number))).ToList();
        links.ForEach(table.Put);
        foreach (var link in links)
        {
            var from = link.Path;
            link.Check = new PathCheck(PathOf(5_000 + (from.Remote.Port % 7)), 1, 1, default);
            link.MoveToChecked();
            table.Remove(from, link);
            Assert.Null(table.Find(from));
        }

        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Who_does_not_know_the_seed_cannot_aim_at_a_slot()
    {
        // 4,096 paths that meet under one seed are spread under another.
        static ulong SlotOf(ulong seed, int number) => PathHash.Of(seed, PathOf(number)) & 63;
        var aimed = Enumerable.Range(0, 60_000).Where(number => SlotOf(1, number) == 0).ToList();
        var spread = aimed.GroupBy(number => SlotOf(2, number)).Max(group => group.Count());
        Assert.True(spread < aimed.Count / 16, $"{spread} of {aimed.Count}");
    }

    private static NetworkPath PathOf(int number) =>
        new(PeerAddress.FromIPv4(0x0A000000 + (uint)(number / 1000), (ushort)(1_000 + (number % 1000))), PeerAddress.FromIPv4(0x7F000001, 5684));

    private static DeviceLink LinkAt(NetworkPath path) => new(path, Pair.Client, 0, default);
}
