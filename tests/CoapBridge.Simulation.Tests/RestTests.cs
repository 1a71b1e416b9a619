using CoapBridge.Dtls;

namespace CoapBridge.Simulation.Tests;

/// <summary>A device that has nothing to say takes little room, and notices nothing of it when it speaks again.</summary>
public class RestTests
{
    private static readonly byte[] Nothing = [];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_idle_device_rests_and_goes_on_without_a_handshake(bool withConnectionId)
    {
        var world = Scenario.Create(1);
        var device = world.AddConnectedDevice(connectionId: withConnectionId ? Nothing : null);
        for (var time = 0; time < 3; time++)
        {
            world.AssertChanged(device.Post("/t", "awake"));
            Assert.Equal(0, Resting(world));
            world.RunFor(TimeSpan.FromMinutes(10));
            Assert.Equal(1, Resting(world));
        }

        Assert.Equal((1, 0), (device.Handshakes, device.Ends.Count));
        Assert.Equal(3, world.Broker.Log.Count);
    }

    [Fact]
    public void What_it_answered_is_remembered_before_it_rests()
    {
        // RFC 7252 §4.5: EXCHANGE_LIFETIME is 247 s.
        var world = Scenario.Create(2);
        var device = world.AddConnectedDevice();
        world.RunFor(TimeSpan.FromMinutes(10));
        device.SendRaw(World.RawPost(77, 1, "once"));
        world.RunFor(TimeSpan.FromSeconds(240));
        Assert.Equal(0, Resting(world));
        device.SendRaw(World.RawPost(77, 1, "once"));
        world.RunFor(TimeSpan.FromSeconds(20));
        Assert.Equal(1, Resting(world));
        Assert.Single(world.Broker.Log);
    }

    [Fact]
    public void A_record_from_before_is_a_replay_and_a_forged_one_changes_nothing()
    {
        var world = Scenario.Create(3);
        var device = world.AddConnectedDevice();
        var record = device.Seal(World.RawPost(1, 1));
        world.SendToGateway(device.Path, record);
        world.RunFor(TimeSpan.FromMinutes(10));
        Assert.Equal(1, Resting(world));

        var forged = record.ToArray();
        forged[10] ^= 0x40;
        world.SendToGateway(device.Path, record);
        world.SendToGateway(device.Path, forged);
        world.RunFor(TimeSpan.FromSeconds(1));
        var counters = world.Shards[0].Counters.Records;
        Assert.Equal((1, 1), (counters[(int)RecordOutcome.Replayed], counters[(int)RecordOutcome.BadTag]));
        Assert.Equal(1, Resting(world));
        Assert.Single(world.Broker.Log);
        world.AssertChanged(device.Post("/t", "next"));
    }

    [Fact]
    public void It_can_move_while_it_rests()
    {
        var world = Scenario.Create(4);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        world.RunFor(TimeSpan.FromMinutes(10));
        Assert.Equal(1, Resting(world));
        device.Rebind(Scenario.PathOf(300));
        world.AssertChanged(device.Post("/t", "moved"));
        Assert.Equal(1, device.Handshakes);
    }

    [Fact]
    public void Its_time_of_silence_runs_on()
    {
        var world = Scenario.Create(5);
        var device = world.AddConnectedDevice();
        device.StaysDown = true;
        world.RunFor(TimeSpan.FromHours(23));
        Assert.Equal(1, Resting(world));
        world.RunFor(TimeSpan.FromHours(2));
        Assert.Equal(["CloseNotify CloseNotify"], device.Ends);
        Assert.Equal(0, world.Connections);
    }

    [Fact]
    public void A_restart_finds_it_at_rest()
    {
        var world = Scenario.Create(6);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        world.RunFor(TimeSpan.FromMinutes(10));
        world.Restart(1, TimeSpan.FromSeconds(5));
        Assert.Equal([null], world.TakenUp);
        Assert.Equal(1, Resting(world));
        world.Expect(() => world.Link.IsConnected, TimeSpan.FromMinutes(1), "the broker");
        world.AssertChanged(device.Post("/t", "after"));
        Assert.Equal(1, device.Handshakes);
    }

    [Fact]
    public void A_restart_does_not_make_it_younger()
    {
        var world = Scenario.Create(7);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        device.StaysDown = true;
        world.RunFor(TimeSpan.FromHours(20));
        Assert.Equal(1, Resting(world));
        var captured = device.Seal(World.RawPost(1, 1));
        world.Restart(1, TimeSpan.FromMinutes(30));
        world.Expect(() => world.Link.IsConnected, TimeSpan.FromMinutes(1), "the broker");
        world.Restart(1, TimeSpan.FromMinutes(30));
        world.RunFor(TimeSpan.FromHours(2.5));
        Assert.Empty(device.Ends);
        world.RunFor(TimeSpan.FromHours(1));
        Assert.Equal(["CloseNotify CloseNotify"], device.Ends);
        world.SendToGateway(device.Path, captured);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Empty(world.Broker.Log);
    }

    private static int Resting(Scenario world) => world.Shards.Sum(shard => shard.RestingCount);
}
