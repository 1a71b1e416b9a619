using CoapBridge.Admin;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Tests.Host;

/// <summary>A clock that cannot be right (REQUIREMENTS 7.04).</summary>
public sealed class ClockGuardTests
{
    [Fact]
    public void A_clock_before_the_build_holds_handshakes_back_until_it_is_right()
    {
        var readiness = new Readiness();
        var told = new List<bool>();
        var guard = new ClockGuard(() => (DateTimeOffset.MinValue, DateTimeOffset.MaxValue), readiness, told.Add, NullLogger.Instance);
        guard.Look(ClockGuard.BuildDate.AddSeconds(-1));
        guard.Look(ClockGuard.BuildDate.AddSeconds(-1));
        Assert.Contains("clock", readiness.Missing);
        guard.Look(ClockGuard.BuildDate);
        Assert.DoesNotContain("clock", readiness.Missing);
        guard.Look(new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Contains("clock", readiness.Missing);
        Assert.Equal([false, true, false], told);
    }

    [Fact]
    public void A_certificate_of_the_gateway_that_is_not_valid_now_is_not_ready()
    {
        var readiness = new Readiness();
        var now = ClockGuard.BuildDate.AddDays(10);
        var guard = new ClockGuard(() => (now, now.AddDays(1)), readiness, _ => { }, NullLogger.Instance);
        guard.Look(now.AddSeconds(-1));
        Assert.Contains("certificate", readiness.Missing);
        guard.Look(now);
        Assert.DoesNotContain("certificate", readiness.Missing);
        guard.Look(now.AddDays(1).AddSeconds(1));
        Assert.Contains("certificate", readiness.Missing);
    }
}
