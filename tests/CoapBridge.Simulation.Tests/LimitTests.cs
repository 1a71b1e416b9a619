using CoapBridge.Coap;
using CoapBridge.Gateway;

namespace CoapBridge.Simulation.Tests;

/// <summary>How much a device may ask (PRODUCT.md, <c>Devices:Limits</c>).</summary>
public sealed class LimitTests
{
    [Fact]
    public void Beyond_its_rate_a_device_hears_4_29_with_the_time_to_wait_and_others_notice_nothing()
    {
        var world = Limited(out var device, out var other);
        var requests = Enumerable.Range(0, 15).Select(number => world.Answered(device.Post("/t", $"{number}"))).ToList();
        Assert.All(requests.Take(10), request => Assert.Equal(CoapCode.Changed, request.Code));
        var refused = requests.Where(request => request.Code == CoapCode.TooManyRequests).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, request => Assert.True(request.MaxAge >= 1, request.Diagnostic));
        Assert.StartsWith("rate: ", refused[0].Diagnostic, StringComparison.Ordinal);
        Assert.Equal(refused.Count, world.Shards[0].Counters.Limits[(int)RequestLimit.Messages]);
        world.AssertChanged(other.Post("/t", "21.5"));

        world.RunFor(TimeSpan.FromSeconds(refused[^1].MaxAge!.Value));
        world.AssertChanged(device.Post("/t", "later"));
    }

    [Fact]
    public void A_non_confirmable_request_beyond_the_rate_is_dropped_and_counted()
    {
        var world = Limited(out var device, out _);
        var requests = Enumerable.Range(0, 15).Select(number => device.Post("/t", $"{number}", MessageType.NonConfirmable)).ToList();
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(10, requests.Count(request => request.Code == CoapCode.Changed));
        Assert.Equal(10, world.Broker.Log.Count);
        Assert.Equal(5, world.Shards[0].Counters.Limits[(int)RequestLimit.Messages]);
    }

    [Fact]
    public void Other_limits_hold_from_the_next_request_on()
    {
        var world = Limited(out var device, out _);
        world.Reload(before => before with { Limits = before.Limits! with { BytesPerSecond = 20 } });
        Assert.Equal(CoapCode.Changed, world.Answered(device.Post("/t", new string('x', 300))).Code);
        Assert.Equal(CoapCode.TooManyRequests, world.Answered(device.Post("/t", "1")).Code);
        Assert.Equal(1, world.Shards[0].Counters.Limits[(int)RequestLimit.Bytes]);
    }

    private static Scenario Limited(out SimulatedDevice device, out SimulatedDevice other)
    {
        var world = Scenario.Create(1);
        (device, other) = (world.AddConnectedDevice(), world.AddConnectedDevice());
        world.Reload(before => before with { Limits = new RequestLimits(MessagesPerSecond: 2, BytesPerSecond: 10_000, Burst: 10) });
        return world;
    }
}
