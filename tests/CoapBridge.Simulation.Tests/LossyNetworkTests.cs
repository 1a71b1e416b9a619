using CoapBridge.Coap;

namespace CoapBridge.Simulation.Tests;

/// <summary>20 % loss, duplication and reordering. A failure tells its seed: COAPBRIDGE_SEED=n runs it alone.</summary>
public class LossyNetworkTests
{
    public static TheoryData<int> AllSeeds => Seeds.All();

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void A_device_connects_and_its_post_arrives_once(int seed)
    {
        var world = Lossy(seed);
        var device = world.AddDevice();
        world.Expect(() => device.IsConnected, TimeSpan.FromMinutes(10), "connected");

        var request = device.Post("/t", "21.5", repeat: true);
        world.Expect(() => request.IsOver, TimeSpan.FromMinutes(10), "answered");

        Assert.True(request.Code == CoapCode.Changed, world.Failure($"{request.Code} {request.Diagnostic}").Message);
        AssertEachMessageOnce(world);

        // Only a request that timed out and was asked again, as a new one, may bring its payload twice.
        Assert.InRange(world.Broker.Log.Count, 1, request.Attempts);
    }

    public static TheoryData<int> ThousandSeeds => Seeds.All(1_000);

    /// <summary>Every kind of trouble at once, in measures that the seed chooses; the gateway does not know the path's MTU.</summary>
    [Theory]
    [MemberData(nameof(ThousandSeeds))]
    public void A_roaming_device_gets_through_whatever_the_network_does(int seed)
    {
        int[] paths = [256, 300, 548, 1_280, 1_400];
        var world = Scenario.Create(seed, new() { Shards = 1 + (seed % 3), WorkTime = TimeSpan.FromMilliseconds(seed % 50) })
            .Loss(0.05 * (seed % 7)).Duplicate(0.1 * (seed % 4)).Reorder(0.1 * (seed % 5)).Mtu(paths[seed % paths.Length]);
        var device = world.AddDevice(connectionId: seed % 3 == 0 ? [1, 2] : []);
        world.RunFor(TimeSpan.FromMilliseconds(seed % 700));
        device.Rebind(Scenario.PathOf(90));
        world.Expect(() => device.IsConnected, TimeSpan.FromMinutes(10), "connected");
        var handshakes = device.Handshakes;
        for (var move = 0; move < 2; move++)
        {
            var request = device.Post("/t", $"{move}", repeat: true);
            world.Expect(() => request.IsOver, TimeSpan.FromMinutes(10), "answered");
            Assert.True(request.Code == CoapCode.Changed, world.Failure($"{request.Code} {request.Diagnostic}").Message);
            device.Rebind(Scenario.PathOf(91 + move));
        }

        Assert.Equal(handshakes, device.Handshakes);
        AssertEachMessageOnce(world);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Many_devices_on_several_shards_all_get_through(int seed)
    {
        var world = Scenario.Create(seed, new() { Shards = 4, WorkTime = TimeSpan.FromMilliseconds(30) })
            .Loss(0.2).Duplicate(0.2).Reorder(0.2);
        var requests = Enumerable.Range(0, 12).Select(number => world.AddDevice().Post("/t/n", $"{number}", repeat: true)).ToList();

        world.Expect(() => requests.All(request => request.IsOver), TimeSpan.FromMinutes(20), "all answered");

        Assert.All(requests, request => Assert.Equal(CoapCode.Changed, request.Code));
        AssertEachMessageOnce(world);
        Assert.Equal(12, world.Broker.Log.Select(message => message.Topic).Distinct().Count());
        Assert.True(world.HandedOver > 0);
    }

    [Fact]
    public void The_same_seed_is_the_same_run()
    {
        Assert.Equal(TraceOf(4711), TraceOf(4711));
        Assert.NotEqual(TraceOf(4711), TraceOf(4712));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_path_of_600_bytes_suffices_for_a_gateway_that_knows_it(int seed)
    {
        var world = Scenario.Create(seed, new() { MaximumDatagram = 600 }).Loss(0.1).Mtu(600);
        var device = world.AddDevice();
        world.Expect(() => device.IsConnected, TimeSpan.FromMinutes(10), "connected");
    }

    private static Scenario Lossy(int seed) => Scenario.Create(seed).Loss(0.2).Duplicate(0.2).Reorder(0.2);

    private static void AssertEachMessageOnce(Scenario world)
    {
        var ids = world.Broker.Log.Select(World.MessageId).ToList();
        Assert.True(ids.Count == ids.Distinct().Count(), world.Failure("a message_id twice").Message);
    }

    private static string TraceOf(int seed)
    {
        var world = Lossy(seed);
        var devices = new[] { world.AddDevice(), world.AddDevice() };
        var requests = devices.Select(device => device.Post("/t", "x", repeat: true)).ToList();
        world.RunUntil(() => requests.All(request => request.IsOver), TimeSpan.FromMinutes(20));
        return world.TraceHash;
    }
}
