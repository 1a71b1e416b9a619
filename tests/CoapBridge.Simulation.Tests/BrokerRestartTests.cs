using CoapBridge.Coap;

namespace CoapBridge.Simulation.Tests;

/// <summary>L21: the broker restarts under load, again and again.</summary>
public class BrokerRestartTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Twenty_restarts_lose_nothing_that_a_device_was_told_of(int seed, bool losesSessions)
    {
        const int Devices = 16;
        var world = Scenario.Create(seed, new() { Shards = 2 });
        world.Broker.LosesSessions = losesSessions;
        var devices = Enumerable.Range(0, Devices).Select(_ => world.AddDevice()).ToList();
        world.Expect(() => devices.TrueForAll(device => device.IsConnected) && world.Link.IsConnected, TimeSpan.FromSeconds(30), "all connected");

        var sent = new List<(string Payload, SimulatedRequest Request)>();
        var number = 0;
        for (var restart = 0; restart < 20; restart++)
        {
            for (var round = 0; round < 10; round++)
            {
                devices.ForEach(device => sent.Add(($"{++number}", device.Post("/t", $"{number}"))));
                world.RunFor(TimeSpan.FromMilliseconds(50 + (restart * 7)));
                if (round == restart % 10)
                {
                    world.Broker.GoAway();
                }
            }

            world.RunFor(TimeSpan.FromSeconds(1));
            world.Broker.ComeBack();
            world.Expect(() => world.Link.IsConnected, TimeSpan.FromSeconds(10), "the link is back");
        }

        world.Expect(() => sent.TrueForAll(one => one.Request.IsOver), TimeSpan.FromMinutes(2), "everything answered");
        var log = world.Broker.Log.Select(World.Text).ToHashSet();
        var told = sent.Where(one => one.Request.Code == CoapCode.Changed).Select(one => one.Payload).ToList();
        Assert.InRange(told.Count, sent.Count / 4, sent.Count);
        Assert.All(told, payload => Assert.Contains(payload, log));
        Assert.All(sent, one => Assert.True(one.Request.Code == CoapCode.Changed || one.Request.Code == CoapCode.ServiceUnavailable, $"{one.Request.Code}"));

        // What is there twice is the same message: a resumed session sent it again.
        Assert.All(world.Broker.Log.GroupBy(World.Text), copies => Assert.Single(copies.Select(World.MessageId).Distinct()));
        Assert.Null(world.Broker.Complaint);
    }
}
