namespace CoapBridge.Simulation.Tests;

/// <summary>What strangers send changes nothing for a connected device (ATTACKS.md, oracles O1 to O5).</summary>
public class AttackTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_bytes_from_anywhere_and_from_the_devices_own_address(int seed)
    {
        var world = Scenario.Create(seed);
        var canary = world.AddConnectedDevice();
        var random = new Random(seed);
        for (var shot = 0; shot < 2000; shot++)
        {
            var noise = new byte[random.Next(1300)];
            random.NextBytes(noise);
            if (shot % 2 == 0 && noise.Length > 13)
            {
                // Half of them look like records.
                (noise[0], noise[1], noise[2], noise[3]) = ((byte)random.Next(20, 27), 0xFE, 0xFD, 0);
                (noise[4], noise[11]) = ((byte)random.Next(3), 0);
            }

            world.SendToGateway(shot % 3 == 0 ? canary.Path : Scenario.PathOf(1000 + shot), noise);
            world.RunFor(TimeSpan.FromMilliseconds(1));
        }

        world.AssertUnharmed(canary);
    }

    [Fact]
    public void Every_record_of_a_device_cut_short_flipped_and_repeated()
    {
        var world = Scenario.Create(4);
        var recorded = new List<byte[]>();
        world.Network.Passes = (toGateway, datagram) =>
        {
            if (toGateway)
            {
                recorded.Add(datagram);
            }

            return true;
        };
        var canary = world.AddConnectedDevice();
        world.AssertChanged(canary.Post("/t/canary", "21.5"));
        world.Network.Passes = (_, _) => true;
        var random = new Random(4);
        foreach (var datagram in recorded)
        {
            for (var length = 0; length <= datagram.Length; length += 1 + (length / 40))
            {
                world.SendToGateway(canary.Path, datagram[..length]);
                world.SendToGateway(Scenario.PathOf(2000), datagram[..length]);
                byte[] flipped = [.. datagram];
                flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                world.SendToGateway(canary.Path, flipped);
                world.RunFor(TimeSpan.FromMilliseconds(100));
            }
        }

        Assert.Single(world.Broker.Log);
        world.AssertUnharmed(canary);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Handshakes_that_stop_halfway(int datagrams)
    {
        var world = Scenario.Create(5);
        var canary = world.AddConnectedDevice();
        var quitters = new List<SimulatedDevice>();
        for (var number = 0; number < 30; number++)
        {
            quitters.Add(world.AddDevice("quitter", settings => settings with { MaximumDatagram = 256 }));
        }

        // Each gets so many datagrams through, then falls silent.
        quitters.SilenceAfter(datagrams);
        world.RunFor(TimeSpan.FromSeconds(3));
        world.AssertUnharmed(canary);
        Assert.All(quitters, quitter => Assert.False(quitter.IsConnected));
    }

    [Fact]
    public void A_flood_of_hellos_with_false_addresses_keeps_nothing_and_gets_less_than_it_sent()
    {
        var world = Scenario.Create(6);
        byte[]? hello = null;
        world.Network.Passes = (toGateway, datagram) =>
        {
            hello ??= toGateway ? datagram : null;
            return true;
        };
        var canary = world.AddConnectedDevice();
        var (sent, received) = (0, 0);
        for (var number = 0; number < 3000; number++)
        {
            var path = Scenario.PathOf(5000 + number);
            world.Listen(path, answer => received += answer.Length);
            world.SendToGateway(path, hello!);
            sent += hello!.Length;
        }

        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, world.Handshakes);
        Assert.InRange(received, 1, sent);
        world.AssertUnharmed(canary);
    }

    [Fact]
    public void The_oldest_handshake_makes_room_and_established_connections_do_not()
    {
        var world = Scenario.Create(7, new() { MaximumHandshakes = 8 });
        var canary = world.AddConnectedDevice();
        var quitters = Enumerable.Range(0, 40).Select(_ => world.AddDevice("quitter")).ToList();
        quitters.SilenceAfter(2);
        world.RunFor(TimeSpan.FromSeconds(3));

        Assert.InRange(world.Handshakes, 1, 8);
        Assert.Equal(1, world.Connections);
        world.AssertUnharmed(canary);
    }
}
