using CoapBridge.Dtls.Records;

namespace CoapBridge.Tests.Dtls.Records;

public sealed class ReplayWindowTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_window_does_what_a_set_and_a_maximum_would(int seed)
    {
        var random = new Random(seed);
        var window = default(ReplayWindow);
        var seen = new HashSet<ulong>();
        ulong newest = 0;
        var centre = (ulong)random.NextInt64(0, 1L << 40);
        for (var round = 0; round < 20_000; round++)
        {
            centre += (ulong)random.Next(0, 3) * (ulong)(random.Next(100) == 0 ? 100 : 1);
            var offset = (ulong)random.Next(0, 140);
            var sequence = centre + 70 > offset ? centre + 70 - offset : 0;
            var expected = seen.Count == 0 || sequence > newest || (newest - sequence < 64 && !seen.Contains(sequence));
            Assert.True(expected == window.MayAccept(sequence), $"seed {seed}, round {round}, sequence {sequence}");
            if (expected && random.Next(3) > 0)
            {
                window.Accept(sequence);
                seen.Add(sequence);
                newest = Math.Max(newest, sequence);
            }
        }
    }

    [Fact]
    public void The_oldest_that_counts_is_63_behind()
    {
        var window = default(ReplayWindow);
        window.Accept(100);
        Assert.True(window.MayAccept(37));
        Assert.False(window.MayAccept(36));
        Assert.False(window.MayAccept(100));
        window.Accept(RecordLayer.MaximumSequence);
        Assert.False(window.MayAccept(100));
    }

    [Fact]
    public void Record_0_counts()
    {
        var window = default(ReplayWindow);
        Assert.True(window.MayAccept(0));
        window.Accept(0);
        Assert.False(window.MayAccept(0));
        Assert.True(window.MayAccept(1));
    }
}
