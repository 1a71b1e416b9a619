using CoapBridge.Gateway;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

public sealed class RequestMeterTests
{
    private static readonly RequestLimits Limits = new(MessagesPerSecond: 10, BytesPerSecond: 1_000, Burst: 20);

    private RequestMeter _meter;
    private Instant _now = new(123_456_789_012_345);

    [Fact]
    public void A_burst_passes_at_once_and_then_the_rate_holds()
    {
        Assert.Equal(20, Passing(30, length: 1));
        _now += TimeSpan.FromSeconds(1);
        Assert.Equal(10, Passing(30, length: 1));
        _now += TimeSpan.FromDays(1);
        Assert.Equal(20, Passing(30, length: 1));
    }

    [Fact]
    public void Bytes_have_a_limit_of_their_own_for_the_same_time()
    {
        Assert.Equal(4, Passing(10, length: 500)); // 2,000 bytes in the 2 s that the burst lasts
        Assert.Equal(RequestLimit.Bytes, _meter.TryTake(_now, 500, Limits, out var wait));
        Assert.Equal(TimeSpan.FromSeconds(0.5), wait);
        _now += wait;
        Assert.Equal(RequestLimit.None, _meter.TryTake(_now, 500, Limits, out _));
    }

    [Fact]
    public void A_request_larger_than_a_burst_passes_when_nothing_came_before_it()
    {
        Assert.Equal(RequestLimit.None, _meter.TryTake(_now, 10_000, Limits, out _));
        Assert.Equal(RequestLimit.Bytes, _meter.TryTake(_now, 1, Limits, out var wait));
        Assert.True(wait > TimeSpan.FromSeconds(8));
    }

    [Fact]
    public void Who_waits_as_long_as_he_was_told_is_let_through()
    {
        Passing(20, length: 1);
        for (var round = 0; round < 50; round++)
        {
            Assert.Equal(RequestLimit.Messages, _meter.TryTake(_now, 1, Limits, out var wait));
            _now += wait;
            Assert.Equal(RequestLimit.None, _meter.TryTake(_now, 1, Limits, out _));
        }
    }

    [Fact]
    public void What_is_refused_takes_nothing()
    {
        Passing(1_000, length: 1);
        _now += TimeSpan.FromSeconds(0.1);
        Assert.Equal(1, Passing(1_000, length: 1));
    }

    private int Passing(int requests, int length) =>
        Enumerable.Range(0, requests).Count(number => _meter.TryTake(_now, length, Limits, out TimeSpan _) == RequestLimit.None);
}
