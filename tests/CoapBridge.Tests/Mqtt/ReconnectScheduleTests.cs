using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Mqtt;

/// <summary>L16 and REQUIREMENTS 12.23.</summary>
public class ReconnectScheduleTests
{
    private sealed class Fixed(byte value) : IEntropy
    {
        public void Fill(Span<byte> destination) => destination.Fill(value);
    }

    private sealed class Seeded(int seed) : IEntropy
    {
        private readonly Random _random = new(seed);

        public void Fill(Span<byte> destination) => _random.NextBytes(destination);
    }

    [Theory]
    [InlineData(ReconnectCause.Unreachable, new double[] { 1, 2, 4, 5, 5, 5 })]
    [InlineData(ReconnectCause.Refused, new double[] { 1, 2, 4, 8, 16, 32, 60, 60 })]
    [InlineData(ReconnectCause.Untrusted, new double[] { 1, 2, 4, 8, 16, 32, 60, 60 })]
    [InlineData(ReconnectCause.TakenOver, new double[] { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 })]
    public void It_doubles_up_to_the_cap_of_its_cause(ReconnectCause cause, double[] seconds)
    {
        var (longest, shortest) = (new ReconnectSchedule(new Fixed(0)), new ReconnectSchedule(new Fixed(0xFF)));
        var now = new Instant(123_456_789);
        foreach (var expected in seconds)
        {
            Assert.Equal(expected, (longest.HandleEnded(now, cause) - now).TotalSeconds, 3);
            Assert.InRange((shortest.HandleEnded(now, cause) - now).TotalSeconds, expected / 2, (expected / 2) + 0.01);
        }
    }

    [Fact]
    public void A_thousand_connections_closed_right_after_connack_are_no_tight_loop()
    {
        const int Seed = 7;
        var schedule = new ReconnectSchedule(new Seeded(Seed));
        var start = new Instant(55);
        var now = start;
        var waits = new HashSet<long>();
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            schedule.HandleAccepted(now);
            var next = schedule.HandleEnded(now, ReconnectCause.Unreachable);
            waits.Add((next - now).Ticks);
            now = next;
        }

        Assert.InRange((now - start).TotalSeconds, 1_000 * 2.5 * 0.95, 1_000 * 5);
        Assert.True(waits.Count > 900, $"no jitter with seed {Seed}");
    }

    [Theory]
    [InlineData(ReconnectCause.Unreachable, 29.9, 5)]
    [InlineData(ReconnectCause.Unreachable, 30, 1)]
    [InlineData(ReconnectCause.Refused, 30, 1)]
    [InlineData(ReconnectCause.TakenOver, 299, 32)]
    [InlineData(ReconnectCause.TakenOver, 300, 1)]
    public void Only_a_stable_connection_starts_the_count_anew(ReconnectCause cause, double stable, double expected)
    {
        var schedule = new ReconnectSchedule(new Fixed(0));
        var now = new Instant(-5);
        for (var failure = 0; failure < 5; failure++)
        {
            schedule.HandleEnded(now, ReconnectCause.Unreachable);
        }

        schedule.HandleAccepted(now);
        now += TimeSpan.FromSeconds(stable);
        Assert.Equal(expected, (schedule.HandleEnded(now, cause) - now).TotalSeconds, 3);
    }
}
