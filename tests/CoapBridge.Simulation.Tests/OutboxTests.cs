using CoapBridge.Coap;

namespace CoapBridge.Simulation.Tests;

/// <summary>Events while the broker is away, from the device to the broker's log (PRODUCT.md, "Keeping").</summary>
public class OutboxTests
{
    [Fact]
    public void Events_are_taken_while_the_broker_is_away_and_reach_it_in_order()
    {
        var world = Scenario.Create(1);
        var device = world.AddConnectedDevice();
        world.AssertChanged(device.Post("/e", "0"));
        world.Broker.GoAway();
        world.RunFor(TimeSpan.FromSeconds(5));
        for (var number = 1; number <= 5; number++)
        {
            world.AssertChanged(device.Post("/e/door", $"{number}"));
        }

        Assert.Equal(CoapCode.ServiceUnavailable, world.Answered(device.Post("/t", "t")).Code);
        Assert.Equal(5, world.OutboxFile.Messages.Count());
        world.Broker.ComeBack();
        world.RunFor(TimeSpan.FromMinutes(2));
        world.AssertChanged(device.Post("/e", "6"));
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6"], world.Broker.Log.Select(World.Text));
        Assert.Empty(world.OutboxFile.Messages);
        Assert.Equal(7, world.Broker.Log.Select(World.MessageId).Distinct().Count());
    }

    [Fact]
    public void An_event_that_was_on_its_way_when_the_connection_was_lost_is_a_204_and_keeps_its_message_id()
    {
        var world = Scenario.Create(2);
        var device = world.AddConnectedDevice();
        world.Broker.IsSilent = true;
        var request = device.Post("/e", "lost");
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Null(request.Code);
        world.Broker.GoAway();
        world.AssertChanged(request);
        world.Broker.IsSilent = false;
        world.Broker.ComeBack();
        world.RunFor(TimeSpan.FromMinutes(2));
        Assert.NotEmpty(world.Broker.Log.Skip(1));
        Assert.Single(world.Broker.Log.Select(World.MessageId).Distinct());
        Assert.Empty(world.OutboxFile.Messages);
    }

    [Fact]
    public void A_disk_that_refuses_is_a_503()
    {
        var world = Scenario.Create(3);
        var device = world.AddConnectedDevice();
        world.Broker.GoAway();
        world.RunFor(TimeSpan.FromSeconds(5));
        world.OutboxFile.Refuses = true;
        var refused = world.Answered(device.Post("/e", "1"));
        Assert.Equal(CoapCode.ServiceUnavailable, refused.Code);
        Assert.StartsWith("outbox-disk: ", refused.Diagnostic, StringComparison.Ordinal);
        world.OutboxFile.Refuses = false;
        world.AssertChanged(device.Post("/e", "2"));
    }

    [Fact]
    public void A_full_outbox_is_a_503_with_the_time_of_the_next_attempt()
    {
        var world = Scenario.Create(4, new ScenarioSettings { Outbox = new() { MaximumBytes = 0 } });
        var device = world.AddConnectedDevice();
        world.AssertChanged(device.Post("/e", "1"));
        world.Broker.GoAway();
        world.RunFor(TimeSpan.FromMinutes(5));
        var refused = world.Answered(device.Post("/e", "2"));
        Assert.Equal(CoapCode.ServiceUnavailable, refused.Code);
        Assert.StartsWith("outbox-full: ", refused.Diagnostic, StringComparison.Ordinal);
        Assert.NotNull(refused.MaxAge);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_restart_sends_what_was_stored_before_it_sends_anything_new(bool isKilled)
    {
        var world = Scenario.Create(5);
        world.StoreTime = TimeSpan.FromMilliseconds(5);
        var device = world.AddConnectedDevice();
        world.Broker.GoAway();
        world.RunFor(TimeSpan.FromSeconds(1));
        world.AssertChanged(device.Post("/e", "1"));
        world.AssertChanged(device.Post("/e", "2"));
        world.Start(1, isKilled ? [] : world.Stop(), TimeSpan.Zero);
        Assert.Equal(2, world.Outbox.Count);
        world.Broker.ComeBack();
        var other = world.AddConnectedDevice(device.Name);
        world.AssertChanged(other.Post("/e", "3"));
        world.RunFor(TimeSpan.FromMinutes(2));
        Assert.Equal(["1", "2", "3"], world.Broker.Log.Select(World.Text));
        Assert.Equal(3, world.Broker.Log.Select(World.MessageId).Distinct().Count());
    }

    public static TheoryData<int> AllSeeds => Seeds.All(100);

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void Whatever_the_broker_does_every_204_reaches_it_and_in_order(int seed)
    {
        var world = Scenario.Create(seed, new ScenarioSettings { Shards = 2 });
        world.StoreTime = TimeSpan.FromMilliseconds(seed % 20);
        world.Broker.LosesSessions = seed % 2 == 0;
        var random = new Random(seed);
        SimulatedDevice[] devices = [.. Enumerable.Range(0, 3).Select(_ => world.AddConnectedDevice())];
        var requests = new List<(string Text, SimulatedRequest Request)>();
        for (var step = 0; step < 60; step++)
        {
            foreach (var device in devices)
            {
                var text = $"{device.Name}:{step}";
                requests.Add((text, device.Post("/e", text)));
            }

            Fault(world, random);
            world.RunFor(TimeSpan.FromMilliseconds(random.Next(1, 1_500)));
        }

        world.Broker.IsSilent = false;
        world.Broker.ComeBack();
        world.Broker.Slowness = TimeSpan.Zero;
        world.RunFor(TimeSpan.FromMinutes(10));

        var arrived = world.Broker.Log.Select(World.Text).Distinct().ToList();
        Assert.Empty(requests.Where(one => one.Request.Code == CoapCode.Changed).Select(one => one.Text).Except(arrived));
        Assert.Empty(world.OutboxFile.Messages);
        Assert.Equal(arrived.Count, world.Broker.Log.Select(World.MessageId).Distinct().Count());
        foreach (var device in devices)
        {
            var own = arrived.Where(text => text.StartsWith($"{device.Name}:", StringComparison.Ordinal)).ToList();
            Assert.Equal(own.OrderBy(text => int.Parse(text.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)), own);
        }
    }

    private static void Fault(Scenario world, Random random)
    {
        switch (random.Next(10))
        {
            case 0:
                world.Broker.GoAway();
                break;
            case 1 or 2:
                world.Broker.ComeBack();
                break;
            case 3:
                world.Broker.Drop();
                break;
            case 4:
                world.Broker.IsSilent = !world.Broker.IsSilent;
                break;
            case 5:
                world.Broker.Slowness = TimeSpan.FromMilliseconds(random.Next(3_000));
                break;
        }
    }
}
