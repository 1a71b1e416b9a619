using CoapBridge.Wire;

namespace CoapBridge.Tests.Wire;

public sealed class TimeOfDayTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeOfDay Clock = new(new Instant(987_654_321_000), Noon);

    [Fact]
    public void It_goes_on_with_the_monotonic_clock() =>
        Assert.Equal(Noon.AddHours(3), Clock.At(Clock.Told + TimeSpan.FromHours(3)));

    [Fact]
    public void It_tells_when_a_time_will_come()
    {
        Assert.Equal(Clock.Told + TimeSpan.FromMinutes(5), Clock.When(Noon.AddMinutes(5)));
        Assert.Equal(Clock.Told - TimeSpan.FromDays(1), Clock.When(Noon.AddDays(-1)));
    }

    [Fact]
    public void A_time_beyond_the_clock_never_comes() =>
        Assert.Equal(Instant.MaxValue, (Clock with { Told = new Instant(long.MaxValue - 10) }).When(DateTimeOffset.MaxValue));
}
