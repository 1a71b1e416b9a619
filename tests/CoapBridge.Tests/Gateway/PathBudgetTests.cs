using CoapBridge.Fuzz;
using CoapBridge.Gateway;

namespace CoapBridge.Tests.Gateway;

/// <summary>What pays for answers to an address that is not proved (DESIGN D-8).</summary>
public sealed class PathBudgetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    public void A_datagram_pays_with_its_bytes_however_many_records_they_are(int empty)
    {
        var shard = new ShardUnderTest();
        var device = new LiveDevice(FixedParty.Device, 77, []);
        Assert.NotNull(shard.Connect(device, 0));

        // From elsewhere: a record that moves the device, and others that are nothing.
        byte[] nothing = [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] datagram = [.. device.Seal([0x40, 0, 0, 1]), .. Enumerable.Repeat(nothing, empty).SelectMany(record => record)];
        var length = datagram.Length;
        shard.Receive(5, datagram);
        var sent = shard.SentTo(5).Sum(answer => answer.Length);
        Assert.InRange(sent, 1, 3 * length);
        Assert.Equal((3 * length) - sent, LeftOf(shard));
    }

    /// <summary>What a restart would know of it.</summary>
    private static long? LeftOf(ShardUnderTest shard)
    {
        shard.Shard.BeginHandover(shard.Now, TimeSpan.Zero);
        var connections = shard.Shard.Save(shard.Now);
        var bytes = new byte[SavedConnections.LengthOf(connections)];
        SavedConnections.Write(connections, bytes);
        Assert.True(SavedConnections.TryRead(bytes, ShardUnderTest.Settings, new ReplayEntropy(1), shard.Now, shard.Now, out var read));
        return Assert.Single(read).UnprovedPathLeft;
    }
}
