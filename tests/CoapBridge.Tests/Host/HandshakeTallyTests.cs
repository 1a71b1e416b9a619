using CoapBridge.Gateway;
using CoapBridge.Status;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Host;

public sealed class HandshakeTallyTests
{
    private static readonly Instant Start = new(123_456_789_000_000);

    [Fact]
    public void Minutes_are_forgotten_one_by_one()
    {
        var counts = new MinuteCounts();
        for (var minute = 0; minute < 25; minute++)
        {
            counts.Count(Start + TimeSpan.FromMinutes(minute));
            counts.Count(Start + TimeSpan.FromMinutes(minute));
            Assert.Equal(2 * Math.Min(minute + 1, MinuteCounts.Window), counts.Sum(Start + TimeSpan.FromMinutes(minute)));
        }

        Assert.Equal(2, counts.Sum(Start + TimeSpan.FromMinutes(24 + 9)));
        Assert.Equal(0, counts.Sum(Start + TimeSpan.FromMinutes(24 + 10)));
        Assert.Equal(0, new MinuteCounts().Sum(new Instant(0)));
    }

    [Fact]
    public void Refusals_are_counted_by_reason_with_the_last_one_as_an_example()
    {
        var tally = new HandshakeTally();
        tally.CountOk(Start);
        tally.CountRefused(Start, Refused("expired", 1));
        tally.CountRefused(Start + TimeSpan.FromSeconds(1), Refused("expired", 2));
        tally.CountRefused(Start, Refused("name", 3));
        Assert.Equal((1, 1), (tally.Ok, tally.RecentOk.Sum(Start)));
        Assert.Equal([("expired", 2L), ("name", 1L)], tally.Refused.Select(one => (one.Reason, one.Total)));
        Assert.Equal(2, tally.Refused[0].Last!.What.Path.Remote.Port);
    }

    [Fact]
    public void Reasons_have_a_limit()
    {
        var tally = new HandshakeTally();
        for (var number = 0; number < 1_000; number++)
        {
            tally.CountRefused(Start, Refused($"reason {number}", 1));
        }

        Assert.Equal(64, tally.Refused.Count);
    }

    private static GatewayEvent.Refused Refused(string reason, ushort port) =>
        new(new NetworkPath(PeerAddress.FromIPv4(0x7F000001, port), default), reason, null, null, null, TimeSpan.Zero);
}
