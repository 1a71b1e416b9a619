using CoapBridge.Coap;
using CoapBridge.Gateway;

namespace CoapBridge.Simulation.Tests;

/// <summary>RFC 9146 §6 with the gateway's own rule for unproved addresses (DESIGN D-8); ATTACKS G09 to G14.</summary>
public class AddressChangeTests
{
    private static readonly byte[] Nothing = [];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_device_that_moves_between_two_requests_notices_nothing(int shards)
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var world = Scenario.Create(seed, new ScenarioSettings { Shards = shards });
            var device = world.AddConnectedDevice(connectionId: Nothing);
            world.AssertChanged(device.Post("/t", "before"));
            for (var move = 0; move < 4; move++)
            {
                device.Rebind(Scenario.PathOf(100 + move));
                world.AssertChanged(device.Post("/t", $"after {move}"));
            }

            Assert.Equal(1, device.Handshakes);
            Assert.Equal(4, world.Events.OfType<GatewayEvent.Moved>().Count());
            Assert.Equal(1, world.Connections);
        }
    }

    [Fact]
    public void A_device_without_a_Connection_ID_has_to_start_over()
    {
        var world = Scenario.Create(1);
        var device = world.AddConnectedDevice();
        device.Rebind(Scenario.PathOf(100));
        var request = device.Post("/t", "lost");
        world.RunFor(TimeSpan.FromSeconds(40));
        Assert.Null(request.Code);
        Assert.Empty(world.Events.OfType<GatewayEvent.Moved>());
    }

    [Fact]
    public void A_duplicate_from_the_new_address_is_still_a_duplicate()
    {
        // ATTACKS I04: what was received belongs to the connection, not to an address.
        var world = Scenario.Create(2);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        device.SendRaw(World.RawPost(1, 1, "once"));
        world.RunFor(TimeSpan.FromSeconds(1));
        device.Rebind(Scenario.PathOf(100));
        device.SendRaw(World.RawPost(1, 1, "once"));
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Single(world.Broker.Log);
        Assert.Equal(2, device.Received.Count(message => CodeOf(message) == CoapCode.Changed));
    }

    [Fact]
    public void An_answer_that_is_open_during_the_move_goes_to_the_new_address()
    {
        var world = Scenario.Create(3);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        world.Broker.Slowness = TimeSpan.FromSeconds(3);
        var slow = device.Post("/t", "slow");
        world.RunFor(TimeSpan.FromSeconds(1));
        device.Rebind(Scenario.PathOf(100));
        device.Post("/t/other", "moves it");
        world.AssertChanged(slow);
    }

    [Fact]
    public void An_older_record_from_the_old_address_is_answered_but_moves_nothing()
    {
        // ATTACKS G11.
        var world = Scenario.Create(4);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        var old = device.Path;
        var late = device.Seal(World.RawPost(1, 1, "late"));
        device.Rebind(Scenario.PathOf(100));
        world.AssertChanged(device.Post("/t", "moved"));
        world.SendToGateway(old, late);
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(2, world.Broker.Log.Count);
        Assert.Single(world.Events.OfType<GatewayEvent.Moved>());
        world.AssertChanged(device.Post("/t", "still here"));
    }

    [Fact]
    public void A_forged_or_replayed_record_from_elsewhere_moves_nothing_and_is_not_answered()
    {
        // ATTACKS G09, G12, G14.
        var world = Scenario.Create(5);
        var canary = world.AddConnectedDevice(connectionId: Nothing);
        var attacker = Scenario.PathOf(200);
        var heard = 0;
        world.Listen(attacker, _ => heard++);
        var genuine = canary.Seal(World.RawPost(1, 1));
        world.SendToGateway(canary.Path, genuine.ToArray());
        world.RunFor(TimeSpan.FromSeconds(1));

        world.SendToGateway(attacker, genuine.ToArray());
        var forged = genuine.ToArray();
        forged[10] += 7;
        world.SendToGateway(attacker, forged);
        for (var guess = 0; guess < 1000; guess++)
        {
            var unknown = genuine.ToArray();
            unknown[11 + (guess % 8)] ^= (byte)(1 + (guess / 8));
            world.SendToGateway(attacker, unknown);
        }

        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, heard);
        Assert.Empty(world.Events.OfType<GatewayEvent.Moved>());
        world.Broker.Log.Clear();
        world.AssertUnharmed(canary);
    }

    [Fact]
    public void A_victims_address_gets_at_most_three_times_what_came_from_it()
    {
        // DESIGN D-8: somebody on the way sends the device's own records from a victim's address, faster than the device's.
        var world = Scenario.Create(6);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        var victim = Scenario.PathOf(200);
        var heard = 0;
        world.Listen(victim, datagram => heard += datagram.Length);
        var sent = 0;
        for (ushort number = 1; number <= 30; number++)
        {
            var record = device.Seal(World.RawPost(number, number, "x"));
            sent += record.Length;
            world.SendToGateway(victim, record);
        }

        world.RunFor(TimeSpan.FromMinutes(3));
        Assert.True(heard > 0);
        Assert.True(heard <= 3 * sent, $"{heard} bytes for {sent}");

        // The device itself takes its connection back with its next record.
        world.AssertChanged(device.Post("/t", "mine"));
    }

    [Fact]
    public void The_new_address_is_proved_by_a_ping_once()
    {
        var world = Scenario.Create(7);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        device.Rebind(Scenario.PathOf(100));
        world.AssertChanged(device.Post("/t", "moved"));
        world.RunFor(TimeSpan.FromSeconds(5));
        world.AssertChanged(device.Post("/t", "stayed"));
        world.RunFor(TimeSpan.FromMinutes(5));

        Assert.Equal(1, device.Received.Count(message => CodeOf(message) == CoapCode.Empty && message[0] >> 4 == 4));
        Assert.Equal(1, world.Shards.Sum(shard => shard.Counters.Receptions[(int)ReceptionKind.Reset]));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    public void A_device_that_offers_return_routability_proves_its_address_with_it(double loss)
    {
        // RFC 9853 §5: the check is the connection's own; no ping is needed.
        for (var seed = 1; seed <= 20; seed++)
        {
            var world = Scenario.Create(seed).Loss(loss);
            var device = world.AddDevice(adapt: settings => settings with { OffersReturnRoutability = true }, connectionId: [1, 2]);
            world.Expect(() => device.IsConnected && world.Link.IsConnected, TimeSpan.FromMinutes(10), "connected");
            var handshakes = device.Handshakes;
            for (var move = 0; move < 3; move++)
            {
                device.Rebind(Scenario.PathOf(100 + move));
                var request = device.Post("/t", "moved", repeat: true);
                world.Expect(() => request.IsOver, TimeSpan.FromMinutes(10), "answered");
                Assert.Equal(CoapCode.Changed, request.Code);
            }

            Assert.Equal(handshakes, device.Handshakes);

            // A check that was lost altogether leaves the device where it was; the simulated one hears there, too.
            Assert.InRange(world.Events.OfType<GatewayEvent.Moved>().Count(), loss == 0 ? 3 : 1, 3);
            Assert.DoesNotContain(device.Received, message => CodeOf(message) == CoapCode.Empty && message[0] >> 4 == 4);
        }
    }

    [Fact]
    public void A_victims_address_gets_only_challenges_and_the_device_stays_where_it_is()
    {
        var world = Scenario.Create(11);
        var device = world.AddDevice(adapt: settings => settings with { OffersReturnRoutability = true }, connectionId: [1, 2]);
        world.Expect(() => device.IsConnected && world.Link.IsConnected, TimeSpan.FromSeconds(30), "connected");
        var victim = Scenario.PathOf(200);
        var heard = new List<byte[]>();
        world.Listen(victim, heard.Add);
        var record = device.Seal(World.RawPost(1, 1, "x"));
        world.SendToGateway(victim, record.ToArray());
        world.RunFor(TimeSpan.FromSeconds(10));

        Assert.InRange(heard.Sum(datagram => datagram.Length), 1, 3 * record.Length);
        Assert.Empty(world.Events.OfType<GatewayEvent.Moved>());

        // The answer that waited went to the device after all.
        Assert.Contains(device.Received, message => CodeOf(message) == CoapCode.Changed);
        world.AssertChanged(device.Post("/t", "mine"));
    }

    [Fact]
    public void Somebody_who_is_faster_from_ever_new_addresses_cannot_keep_a_devices_answers_waiting()
    {
        // RFC 9853 §5: each of the device's records comes first from somewhere else.
        var world = Scenario.Create(12);
        var device = world.AddDevice(adapt: settings => settings with { OffersReturnRoutability = true }, connectionId: [1, 2]);
        world.Expect(() => device.IsConnected && world.Link.IsConnected, TimeSpan.FromSeconds(30), "connected");
        for (ushort number = 1; number <= 20; number++)
        {
            world.SendToGateway(Scenario.PathOf(200 + number), device.Seal(World.RawPost(number, number, "x")));
            world.RunFor(TimeSpan.FromSeconds(1));
        }

        Assert.Contains(device.Received, message => CodeOf(message) == CoapCode.Changed);
        Assert.Empty(world.Events.OfType<GatewayEvent.Moved>());
        world.AssertChanged(device.Post("/t", "mine"));
    }

    [Fact]
    public void When_the_ping_to_a_new_address_was_lost_altogether_it_is_sent_again()
    {
        var world = Scenario.Create(14);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        device.Rebind(Scenario.PathOf(100));
        world.Network.Passes = (toGateway, _) => toGateway;
        device.SendRaw(World.RawPost(1, 1, "x", MessageType.NonConfirmable));
        world.RunFor(TimeSpan.FromMinutes(3));
        world.Network.Passes = (_, _) => true;
        Assert.Empty(device.Received);

        world.AssertChanged(device.Post("/t", "heard"));
        world.RunFor(TimeSpan.FromSeconds(5));

        // Retransmissions of the first ping, which waited for the budget, and another one.
        var pings = device.Received.Where(message => CodeOf(message) == CoapCode.Empty && message[0] >> 4 == 4);
        Assert.Equal(2, pings.Select(ping => World.Read(ping).MessageId).Distinct().Count());
    }

    [Fact]
    public void Two_devices_that_swap_addresses_stay_who_they_are()
    {
        var world = Scenario.Create(8);
        var first = world.AddConnectedDevice(connectionId: Nothing);
        var second = world.AddConnectedDevice(connectionId: [7, 7]);
        var (pathOfFirst, pathOfSecond) = (first.Path, second.Path);
        first.Rebind(pathOfSecond);
        world.AssertChanged(first.Post("/t", "one"));
        second.Rebind(pathOfFirst);
        world.AssertChanged(second.Post("/t", "two"));

        Assert.Equal(["devices/device-1/t", "devices/device-2/t"], world.Broker.Log.Select(message => message.Topic));
        Assert.Equal(2, world.Connections);
    }

    [Fact]
    public void A_newcomer_at_a_moved_devices_old_address_leaves_that_device_alone()
    {
        var world = Scenario.Create(9);
        var device = world.AddConnectedDevice(connectionId: Nothing);
        var old = device.Path;
        device.Rebind(Scenario.PathOf(100));
        world.AssertChanged(device.Post("/t", "moved"));
        var newcomer = world.AddDevice();
        newcomer.Rebind(old);
        world.Expect(() => newcomer.IsConnected, TimeSpan.FromMinutes(10), "the newcomer connects");
        world.AssertChanged(newcomer.Post("/t", "new"));
        world.AssertChanged(device.Post("/t", "old"));
        Assert.Equal(1, device.Handshakes);
    }

    [Theory]
    [MemberData(nameof(Hundred))]
    public void On_a_bad_network_moving_costs_no_handshake(int seed)
    {
        var world = Scenario.Create(seed, new ScenarioSettings { Shards = 2 }).Loss(0.3).Duplicate(0.2).Reorder(0.2);
        var device = world.AddDevice(connectionId: seed % 2 == 0 ? Nothing : [1, 2, 3]);
        world.Expect(() => device.IsConnected && world.Link.IsConnected, TimeSpan.FromMinutes(10), "connected");
        var handshakes = device.Handshakes;
        for (var move = 0; move < 5; move++)
        {
            device.Rebind(Scenario.PathOf(100 + move));
            var request = device.Post("/t", $"{move}", repeat: true);
            world.Expect(() => request.IsOver, TimeSpan.FromMinutes(10), "answered");
            Assert.Equal(CoapCode.Changed, request.Code);
        }

        Assert.Equal(handshakes, device.Handshakes);
    }

    public static TheoryData<int> Hundred => new(Enumerable.Range(1, 100));

    private static CoapCode CodeOf(byte[] message) => new(message[1]);
}
