using CoapBridge.Gateway;

namespace CoapBridge.Simulation.Tests;

/// <summary>REQUIREMENTS 10.19, DESIGN D-19: several connections of one device, on any shards.</summary>
public class CrowdTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Above_the_limit_the_longest_idle_connection_closes_after_the_newcomers_Finished(int seed)
    {
        var world = Scenario.Create(seed, new() { Shards = 3, Sessions = new() { ConnectionsPerDevice = 2 } });
        var other = world.AddConnectedDevice("other");
        var first = world.AddConnectedDevice("radio");
        var second = world.AddConnectedDevice("radio");
        second.StaysDown = true;
        world.RunFor(TimeSpan.FromMinutes(10));
        world.AssertChanged(first.Post("/t", "still here"));
        world.RunFor(TimeSpan.FromMinutes(1));

        var third = world.AddConnectedDevice("radio");
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["CloseNotify CloseNotify"], second.Ends);
        Assert.Single(world.Events.OfType<GatewayEvent.Crowded>());
        foreach (var device in new[] { other, first, third })
        {
            world.AssertChanged(device.Post("/t", "kept"));
            Assert.Equal((1, 0), (device.Handshakes, device.Ends.Count));
        }

        Assert.Equal(3, world.Connections);
    }

    [Fact]
    public void A_handshake_that_comes_to_nothing_drives_nobody_out()
    {
        var world = Scenario.Create(5, new() { Sessions = new() { ConnectionsPerDevice = 1 } });
        var device = world.AddConnectedDevice("radio");
        var quitter = world.AddDevice("radio");
        new List<SimulatedDevice> { quitter }.SilenceAfter(2);
        world.RunFor(TimeSpan.FromMinutes(5));
        world.AssertChanged(device.Post("/t", "still here"));
        Assert.Equal((1, 0), (device.Handshakes, device.Ends.Count));
    }

    [Fact]
    public void A_device_that_starts_over_at_its_address_is_one_connection()
    {
        var world = Scenario.Create(6, new() { Sessions = new() { ConnectionsPerDevice = 1 } });
        var device = world.AddConnectedDevice("radio");
        for (var time = 0; time < 3; time++)
        {
            device.StartOver();
            world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "connected again");
        }

        world.AssertChanged(device.Post("/t", "again"));
        Assert.Empty(world.Events.OfType<GatewayEvent.Crowded>());
    }

    [Fact]
    public void After_a_restart_those_that_were_taken_up_count()
    {
        var world = Scenario.Create(7, new() { Shards = 2, Sessions = new() { ConnectionsPerDevice = 2 } });
        var old = world.AddConnectedDevice("radio", connectionId: []);
        old.StaysDown = true;
        world.RunFor(TimeSpan.FromMinutes(1));
        var second = world.AddConnectedDevice("radio", connectionId: []);
        world.Restart(2, TimeSpan.FromSeconds(5));
        var third = world.AddConnectedDevice("radio", connectionId: []);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["CloseNotify CloseNotify"], old.Ends);
        Assert.All(new[] { second, third }, device => Assert.Empty(device.Ends));
    }
}
