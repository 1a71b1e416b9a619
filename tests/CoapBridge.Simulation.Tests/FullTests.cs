using CoapBridge.Gateway;

namespace CoapBridge.Simulation.Tests;

/// <summary>ATTACKS G22, REQUIREMENTS 13.02: who goes when a shard is full.</summary>
public class FullTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void The_longest_idle_connection_makes_room_after_the_newcomers_Finished(int seed, bool withConnectionId)
    {
        var world = Scenario.Create(seed, new() { MaximumConnections = 3 });
        byte[]? connectionId = withConnectionId ? [] : null;
        var first = world.AddConnectedDevice(connectionId: connectionId);
        var second = world.AddConnectedDevice(connectionId: connectionId);
        var third = world.AddConnectedDevice(connectionId: connectionId);
        second.StaysDown = third.StaysDown = true;
        world.RunFor(TimeSpan.FromMinutes(10));
        world.AssertChanged(third.Post("/t", "still here"));
        world.RunFor(TimeSpan.FromMinutes(1));
        world.AssertChanged(first.Post("/t", "still here"));

        // All rest but for what they remember; then one after the other goes, in the order in which they were heard of.
        world.RunFor(TimeSpan.FromMinutes(10));
        Assert.Equal(3, world.Shards[0].RestingCount);
        var newcomers = new[] { world.AddConnectedDevice(), world.AddConnectedDevice() };
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["CloseNotify CloseNotify"], second.Ends);
        Assert.Equal(["CloseNotify CloseNotify"], third.Ends);
        Assert.Equal([second.Name, third.Name], world.Events.OfType<GatewayEvent.Evicted>().Select(evicted => evicted.Device.Name));
        Assert.All(newcomers.Append(first), device => Assert.Equal((1, 0), (device.Handshakes, device.Ends.Count)));
        world.AssertChanged(first.Post("/t", "kept"));
        Assert.Equal((3, 2L), (world.Connections, world.Shards[0].Counters.ConnectionsEvicted));
    }

    [Fact]
    public void Nobody_who_was_heard_of_within_a_minute_makes_room()
    {
        var world = Scenario.Create(5, new() { MaximumConnections = 2 });
        var first = world.AddConnectedDevice();
        world.RunFor(TimeSpan.FromSeconds(10));
        var second = world.AddConnectedDevice();
        first.StaysDown = true;
        var newcomer = world.AddDevice();
        world.RunFor(TimeSpan.FromSeconds(40));

        // It is told so once, and does not get as far again before somebody can go.
        var counters = world.Shards[0].Counters;
        Assert.Equal(["CloseNotify CloseNotify"], newcomer.Ends);
        Assert.Equal(newcomer.Name, Assert.Single(world.Events.OfType<GatewayEvent.NoRoom>()).Device.Name);
        Assert.Equal((1, 0), (counters.NewcomersWithoutRoom, counters.ConnectionsEvicted));
        Assert.True(counters.HellosWithoutRoom > 0);
        Assert.Equal(2, world.Connections);
        Assert.All(new[] { first, second }, device => Assert.Equal((1, 0), (device.Handshakes, device.Ends.Count)));

        world.Expect(() => newcomer.IsConnected, TimeSpan.FromMinutes(2), "room at last");
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["CloseNotify CloseNotify"], first.Ends);
        world.AssertChanged(newcomer.Post("/t", "in"));
        world.AssertChanged(second.Post("/t", "kept"));
    }

    [Fact]
    public void A_handshake_that_comes_to_nothing_drives_nobody_out()
    {
        var world = Scenario.Create(6, new() { MaximumConnections = 1 });
        var device = world.AddConnectedDevice();
        world.RunFor(TimeSpan.FromMinutes(5));
        Enumerable.Range(0, 20).Select(_ => world.AddDevice("quitter")).ToList().SilenceAfter(2);
        world.RunFor(TimeSpan.FromMinutes(5));
        world.AssertChanged(device.Post("/t", "still here"));
        Assert.Equal((1, 0, 0), (device.Handshakes, device.Ends.Count, world.Handshakes));
    }

    [Fact]
    public void Whoever_made_room_can_come_back()
    {
        var world = Scenario.Create(7, new() { MaximumConnections = 2 });
        var devices = Enumerable.Range(0, 3).Select(_ => world.AddDevice()).ToList();
        world.RunFor(TimeSpan.FromMinutes(10));
        foreach (var device in devices.Concat(devices))
        {
            world.Expect(() => device.IsConnected, TimeSpan.FromMinutes(5), "in again");
            world.AssertChanged(device.Post("/t", "mine"));
            Assert.InRange(world.Connections, 1, 2);
        }
    }
}
