using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Gateway;

namespace CoapBridge.Simulation.Tests;

/// <summary>Connections come, are replaced and go.</summary>
public class ConnectionTests
{
    [Fact]
    public void A_handshake_with_good_cookie_at_a_live_address_and_then_silence_leaves_the_connection_alone()
    {
        var world = Scenario.Create(1);
        var canary = world.AddConnectedDevice();

        // ATTACKS G20: an attacker that sees the device's traffic answers the cookie, too.
        var impostor = world.AddImpostor(canary);
        new List<SimulatedDevice> { impostor }.SilenceAfter(2);
        world.RunFor(TimeSpan.FromSeconds(3));
        Assert.Equal(1, world.Handshakes);
        world.AssertChanged(canary.Post("/t", "during"));
        world.RunFor(TimeSpan.FromMinutes(5));

        Assert.Equal(0, world.Handshakes);
        world.AssertChanged(canary.Post("/t", "after"));
        Assert.Equal(1, canary.Handshakes);
        Assert.Empty(world.Events.OfType<GatewayEvent.Replaced>());
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.2)]
    public void A_device_that_starts_over_replaces_its_connection(double loss)
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var world = Scenario.Create(seed).Loss(loss).Reorder(loss);
            var device = world.AddDevice();
            world.Expect(() => device.IsConnected && world.Link.IsConnected, TimeSpan.FromMinutes(10), "connected");
            device.StartOver();
            world.Expect(() => device.IsConnected, TimeSpan.FromMinutes(10), "connected again");
            var request = device.Post("/t", "again", repeat: true);
            world.Expect(() => request.IsOver, TimeSpan.FromMinutes(10), "answered");

            Assert.Equal(CoapCode.Changed, request.Code);
            Assert.Equal(1, world.Connections);
            Assert.Single(world.Events.OfType<GatewayEvent.Replaced>());
        }
    }

    [Fact]
    public void Equal_message_ids_before_and_after_starting_over_are_two_requests()
    {
        var world = Scenario.Create(2);
        var device = world.AddConnectedDevice();
        device.SendRaw(World.RawPost(1, 1, "old"));
        world.RunFor(TimeSpan.FromSeconds(1));
        device.StartOver();
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(30), "connected again");
        device.SendRaw(World.RawPost(1, 1, "new"));
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(["old", "new"], world.Broker.Log.Select(World.Text));
    }

    [Fact]
    public void Close_notify_frees_the_connection_and_is_answered()
    {
        var world = Scenario.Create(3);
        var device = world.AddConnectedDevice();
        device.StaysDown = true;
        device.Close();
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(0, world.Connections);
        Assert.Equal(CloseReason.CloseNotify, Assert.Single(world.Events.OfType<GatewayEvent.Disconnected>()).Reason);
    }

    [Fact]
    public void An_idle_connection_is_closed_after_a_day()
    {
        var world = Scenario.Create(4);
        var device = world.AddConnectedDevice();
        device.StaysDown = true;
        world.RunFor(TimeSpan.FromHours(23));
        Assert.Equal(1, world.Connections);
        world.RunFor(TimeSpan.FromHours(2));
        Assert.Equal(0, world.Connections);
    }

    [Fact]
    public void A_drain_answers_what_is_open_and_then_says_goodbye_to_all()
    {
        var world = Scenario.Create(5, new() { Shards = 3 });
        var busy = world.AddConnectedDevice();
        var idle = world.AddConnectedDevice();
        busy.StaysDown = idle.StaysDown = true;
        world.Broker.Slowness = TimeSpan.FromSeconds(3);
        var open = busy.Post("/t", "open");
        world.RunFor(TimeSpan.FromSeconds(1));

        world.BeginDrain(TimeSpan.FromSeconds(10));
        var late = busy.Post("/t", "late");
        world.Expect(() => world.Shards.All(shard => shard.IsDrained), TimeSpan.FromSeconds(10), "drained");
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(CoapCode.Changed, open.Code);
        Assert.Equal(CoapCode.ServiceUnavailable, late.Code);
        Assert.Equal("open", World.Text(Assert.Single(world.Broker.Log)));
        Assert.Equal("CloseNotify CloseNotify", Assert.Single(busy.Ends));
        Assert.Equal("CloseNotify CloseNotify", Assert.Single(idle.Ends));

        world.Link.BeginDrain(world.Now, TimeSpan.FromSeconds(5));
        world.Expect(() => world.IsDrained, TimeSpan.FromSeconds(1), "left the broker");
        world.RunFor(TimeSpan.FromSeconds(1));
        world.RunFor(TimeSpan.FromSeconds(30));
        Assert.All(world.Shards, shard => Assert.Null(shard.NextDeadline));
        Assert.True(world.Broker.HeardDisconnect);
        Assert.Null(world.Broker.Complaint);
    }

    [Fact]
    public void A_drain_ends_at_its_limit_when_the_broker_is_silent()
    {
        var world = Scenario.Create(6, new() { AckTimeout = TimeSpan.FromMinutes(1) });
        var device = world.AddConnectedDevice();
        device.StaysDown = true;
        world.Broker.IsSilent = true;
        device.Post("/t", "open");
        world.RunFor(TimeSpan.FromSeconds(1));
        world.BeginDrain(TimeSpan.FromSeconds(8));
        world.RunFor(TimeSpan.FromSeconds(7.9));
        Assert.False(world.Shards[0].IsDrained);
        world.RunFor(TimeSpan.FromSeconds(0.2));
        Assert.True(world.Shards[0].IsDrained);

        world.Link.BeginDrain(world.Now, TimeSpan.FromSeconds(1));
        world.RunFor(TimeSpan.FromSeconds(0.9));
        Assert.False(world.Link.IsDrained);
        world.RunFor(TimeSpan.FromSeconds(0.2));
        Assert.True(world.Link.IsDrained);
        Assert.Null(world.Link.NextDeadline);

        // The open request times out; after that there is nothing to wake up for.
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Null(world.Shards[0].NextDeadline);
    }

    [Fact]
    public void No_handshake_begins_while_draining()
    {
        var world = Scenario.Create(7);
        world.BeginDrain(TimeSpan.FromSeconds(10));

        // As a driver does whose clock has just become right.
        world.Shards[0].AcceptsHandshakes = true;
        world.AddDevice();
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal((0, 0), (world.Connections, world.Handshakes));
    }

    [Fact]
    public void A_full_gateway_lets_a_device_start_over_without_driving_anybody_out()
    {
        var world = Scenario.Create(10, new() { MaximumConnections = 2 });
        var first = world.AddConnectedDevice();
        var second = world.AddConnectedDevice();
        world.RunFor(TimeSpan.FromMinutes(5));
        second.StartOver();
        world.Expect(() => second.IsConnected, TimeSpan.FromSeconds(10), "connected again");
        world.AssertChanged(first.Post("/t", "x"));
        Assert.Equal((1, 0), (first.Handshakes, first.Ends.Count));
        Assert.Equal(2, world.Connections);
    }

    [Fact]
    public void While_the_pool_is_busy_newcomers_wait_outside_and_get_in_later()
    {
        var world = Scenario.Create(11, new() { WorkTime = TimeSpan.FromSeconds(2), MaximumWork = 4 });
        var devices = Enumerable.Range(0, 12).Select(_ => world.AddDevice()).ToList();
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.InRange(world.Handshakes, 1, 4);
        world.Expect(() => devices.All(device => device.IsConnected), TimeSpan.FromMinutes(10), "all connected");
    }

    [Fact]
    public void Work_that_comes_back_after_its_connection_is_gone_is_discarded()
    {
        var world = Scenario.Create(8, new() { WorkTime = TimeSpan.FromSeconds(5) });
        var device = world.AddDevice();
        world.RunFor(TimeSpan.FromSeconds(2));
        device.StartOver();
        world.RunFor(TimeSpan.FromSeconds(2));
        device.StartOver();
        world.Expect(() => device.IsConnected, TimeSpan.FromMinutes(3), "connected");
        Assert.Equal((1, 0), (world.Connections, world.Handshakes));
    }

    [Fact]
    public void A_device_of_another_ca_is_refused_with_a_reason_and_others_are_not_disturbed()
    {
        var world = Scenario.Create(9);
        var canary = world.AddConnectedDevice();
        var other = Tools.Pki.CertificateAuthority.CreateRoot("Other CA", SimulatedPki.Created);
        var stranger = world.AddDevice("stranger", settings => settings with
        {
            Credentials = SeededKeys.Credentials(SimulatedPki.IssueOfOneLength(other, new() { CommonName = "stranger" })),
        });
        stranger.StaysDown = true;
        world.RunFor(TimeSpan.FromSeconds(5));

        var refused = Assert.Single(world.Events.OfType<GatewayEvent.Refused>());
        Assert.Equal(("unknown_ca", AlertDescription.UnknownCa), (refused.Reason, refused.Alert));
        Assert.Equal("CN=stranger", refused.Peer?.Subject);
        Assert.Equal("peer_alert UnknownCa", Assert.Single(stranger.Ends));
        world.AssertUnharmed(canary);
    }
}
