using CoapBridge.Gateway;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

public class ShardRoutingTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(16)]
    public void Neighbouring_addresses_and_ports_spread_evenly(int shards)
    {
        var routing = new ShardRouting(shards, 0, new SeededEntropy(1));
        AssertEven(shards, Enumerable.Range(0, 16_000).Select(number => routing.OwnerOf([], Path(0x0A000000 + (uint)number, 40_000))));
        AssertEven(shards, Enumerable.Range(0, 16_000).Select(number => routing.OwnerOf([], Path(0x0A000001, (ushort)(number + 1024)))));
    }

    [Fact]
    public void The_owner_of_a_path_is_always_the_same_and_another_seed_has_others()
    {
        var paths = Enumerable.Range(0, 1000).Select(number => Path(0x0A000000 + (uint)number, 40_000)).ToList();
        var first = new ShardRouting(4, 0, new SeededEntropy(1));
        var same = new ShardRouting(4, 0, new SeededEntropy(1));
        var other = new ShardRouting(4, 0, new SeededEntropy(2));

        Assert.All(paths, path => Assert.Equal(first.OwnerOf([], path), same.OwnerOf([], path)));
        Assert.InRange(paths.Count(path => first.OwnerOf([], path) != other.OwnerOf([], path)), 600, 900);
    }

    [Fact]
    public void Each_part_of_the_path_counts()
    {
        var routing = new ShardRouting(1 << 20, 0, new SeededEntropy(1));
        var path = new NetworkPath(new PeerAddress(1, 2, 3, 4), new PeerAddress(5, 6, 0, 8));
        NetworkPath[] others =
        [
            path with { Remote = path.Remote with { High = 9 } },
            path with { Remote = path.Remote with { Low = 9 } },
            path with { Remote = path.Remote with { Scope = 9 } },
            path with { Remote = path.Remote with { Port = 9 } },
            path with { Local = path.Local with { High = 9 } },
            path with { Local = path.Local with { Low = 9 } },
            path with { Local = path.Local with { Port = 9 } },
        ];
        Assert.All(others, other => Assert.NotEqual(routing.OwnerOf([], path), routing.OwnerOf([], other)));
    }

    private static NetworkPath Path(uint address, ushort port) =>
        new(PeerAddress.FromIPv4(address, port), PeerAddress.FromIPv4(0x7F000001, 5684));

    private static void AssertEven(int shards, IEnumerable<int> owners)
    {
        var counts = owners.CountBy(owner => owner).ToDictionary();
        Assert.Equal(shards, counts.Count);
        var fair = 16_000.0 / shards;
        Assert.All(counts.Values, count => Assert.InRange(count, fair * 0.85, fair * 1.15));
    }
}
