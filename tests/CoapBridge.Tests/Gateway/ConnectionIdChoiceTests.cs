using CoapBridge.Fuzz;

namespace CoapBridge.Tests.Gateway;

/// <summary>What an onlooker learns from a Connection ID (REQUIREMENTS 5.16, RFC 9146 §8; DESIGN D-16).</summary>
public sealed class ConnectionIdChoiceTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    [InlineData(6, 7)]
    public void Connection_IDs_are_random_but_for_the_shard_in_their_first_byte(int shard, int shards)
    {
        const int Count = 60;
        var gateway = new ShardUnderTest(ShardUnderTest.Settings with { Shard = shard, Shards = shards, MaximumHandshakes = 1000 });
        var seen = new HashSet<string>();
        var ones = new int[64];
        for (var number = 0; number < Count; number++)
        {
            // One device, again and again: nothing of it is in the Connection ID.
            var device = new LiveDevice(FixedParty.Device, 100 + number, []);
            Assert.NotNull(gateway.Connect(device, (byte)number));
            var id = device.GatewaysConnectionId;
            Assert.Equal(8, id.Length);
            Assert.Equal(shard, id[0] % shards);
            Assert.True(seen.Add(Convert.ToHexString(id)));
            for (var bit = 8; bit < 64; bit++)
            {
                ones[bit] += (id[bit / 8] >> (bit % 8)) & 1;
            }
        }

        // Each bit is set about half of the time: 60 throws, five standard deviations.
        Assert.All(ones[8..], count => Assert.InRange(count, (Count / 2) - 20, (Count / 2) + 20));
    }
}
