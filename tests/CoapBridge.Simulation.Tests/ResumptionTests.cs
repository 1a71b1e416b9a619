using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Gateway;

namespace CoapBridge.Simulation.Tests;

/// <summary>Devices that resume their sessions, wherever they come back (DESIGN D-14, D-17).</summary>
public sealed class ResumptionTests
{
    [Theory]
    [MemberData(nameof(Seeds.All), MemberType = typeof(Seeds))]
    public void A_device_resumes_under_loss_at_whichever_shard_it_comes_back(int seed)
    {
        var world = Scenario.Create(seed, new() { Shards = 2, WorkTime = TimeSpan.FromMilliseconds(seed % 5) })
            .Loss(0.3 * (seed % 4) / 3).Reorder(0.1).Duplicate(0.1);
        var device = world.AddDevice();
        device.Resumes = true;
        world.Expect(() => device.IsConnected && world.Link.IsConnected, TimeSpan.FromMinutes(10), "connected");
        for (var round = 0; round < 3; round++)
        {
            // Another address each time: another shard half of the time.
            device.Rebind(Scenario.PathOf(100 + (10 * seed) + round));
            device.StartOver();
            world.Expect(() => device.IsConnected, TimeSpan.FromMinutes(10), "connected again");
            var request = device.Post("/t", "again", repeat: true);
            world.Expect(() => request.IsOver, TimeSpan.FromMinutes(10), "answered");
            Assert.Equal(CoapCode.Changed, request.Code);
        }

        Assert.True(device.Resumptions >= 3, $"seed {seed}: {device.Resumptions}");
        Assert.All(world.Broker.Log, message => Assert.Equal(device.Name, World.Property(message, "device")));
    }

    [Fact]
    public void All_shards_share_the_sessions()
    {
        var world = Scenario.Create(1, new() { Shards = 2, Sessions = new() { ConnectionsPerDevice = 20 } });
        var device = world.AddDevice();
        device.Resumes = true;
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "connected");
        for (var place = 0; place < 10; place++)
        {
            device.Rebind(Scenario.PathOf(50 + place));
            device.StartOver();
            world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "connected again");
        }

        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((10, 1), (device.Resumptions, world.Sessions.Count));
        Assert.All(world.Shards, shard => Assert.True(shard.ConnectionCount > 0));
        Assert.Equal(10, world.Events.OfType<GatewayEvent.Connected>().Count(connected => connected.IsResumed));
    }

    [Fact]
    public void A_device_whose_certificate_has_expired_is_not_resumed()
    {
        var time = TimeSpan.Zero;
        var world = Scenario.Create(3, new() { DeviceVerifier = new LateVerifier(() => time) });
        var device = world.AddDevice();
        device.Resumes = true;
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "connected");
        device.StartOver();
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "resumed");
        Assert.Equal(1, device.Resumptions);

        time = TimeSpan.FromDays(10_000);
        device.StaysDown = true;
        device.StartOver();
        world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal("peer_alert CertificateExpired", device.Ends[^1]);
        Assert.Equal("expired", Assert.Single(world.Events.OfType<GatewayEvent.Refused>()).Reason);
        Assert.Equal(0, world.Sessions.Count);
    }

    [Fact]
    public void When_the_owner_of_the_sessions_is_busy_handshakes_are_full_ones()
    {
        var world = Scenario.Create(4, new() { SessionsAreBusy = true });
        var device = world.AddDevice();
        device.Resumes = true;
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "connected");
        device.StartOver();
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "connected again");
        Assert.Equal((0, 0), (device.Resumptions, world.Sessions.Count));
    }

    [Fact]
    public void A_session_is_over_after_24_hours()
    {
        var world = Scenario.Create(5);
        var device = world.AddDevice();
        device.Resumes = true;
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "connected");
        world.RunFor(TimeSpan.FromHours(23.9));
        device.StartOver();
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "resumed");
        world.RunFor(TimeSpan.FromHours(1));
        device.StartOver();
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "connected again");
        Assert.Equal(1, device.Resumptions);
    }

    [Fact]
    public void A_device_that_floods_the_store_drives_out_only_its_own_sessions()
    {
        // ATTACKS G05.
        var world = Scenario.Create(6, new() { Sessions = new() { Capacity = 6, CapacityPerDevice = 4 } });
        var honest = world.AddDevice();
        honest.Resumes = true;
        world.Expect(() => honest.IsConnected, TimeSpan.FromSeconds(30), "connected");
        var flooder = world.AddDevice();
        for (var time = 0; time < 50; time++)
        {
            world.Expect(() => flooder.IsConnected, TimeSpan.FromSeconds(30), "connected");
            flooder.StartOver();
        }

        Assert.Equal(5, world.Sessions.Count);
        honest.StartOver();
        world.Expect(() => honest.IsConnected, TimeSpan.FromSeconds(30), "resumed");
        Assert.Equal(1, honest.Resumptions);
    }

    /// <summary>The gateway's own verifier, on another day.</summary>
    private sealed class LateVerifier(Func<TimeSpan> late) : IPeerVerifier
    {
        public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time) =>
            SimulatedPki.DeviceVerifier.Verify(chain, time + late());

        public bool StillAccepts(PeerVerdict earlier, DateTimeOffset time) => SimulatedPki.DeviceVerifier.StillAccepts(earlier, time + late());
    }
}
