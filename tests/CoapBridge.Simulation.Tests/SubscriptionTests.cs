using System.Text;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Simulation.Tests;

/// <summary>What an owner that is not a shard wants and hears, over connections that come and go.</summary>
public class SubscriptionTests
{
    private const int Desk = 1;
    private readonly Scenario _world = Scenario.Create(7);
    private readonly List<Delivery> _heard = [];

    public SubscriptionTests()
    {
        _world.Desk = _heard.Add;
        _world.RunUntil(() => _world.Link.IsConnected, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void What_is_published_meanwhile_comes_when_the_broker_is_back()
    {
        Want("devices/d/c/#");
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Contains("devices/d/c/#", _world.Broker.Filters);
        _world.Broker.GoAway();
        _world.Broker.Publish(Message("devices/d/c/open", "1"));
        _world.RunFor(TimeSpan.FromSeconds(20));
        Assert.Empty(_heard);

        _world.Broker.ComeBack();
        _world.Expect(() => _heard.Count == 1, TimeSpan.FromSeconds(10), "the command");
        Assert.Equal(1, _world.Broker.UnacknowledgedCount);
        Acknowledge(_heard[0]);
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _world.Broker.UnacknowledgedCount);
        Assert.Null(_world.Broker.Complaint);
    }

    [Fact]
    public void A_command_that_was_not_acknowledged_comes_again_and_one_that_was_does_not()
    {
        Want("c/#");
        _world.RunFor(TimeSpan.FromSeconds(1));
        _world.Broker.Publish(Message("c/1", "1"));
        _world.Broker.Publish(Message("c/2", "2"));
        _world.RunFor(TimeSpan.FromSeconds(1));
        Acknowledge(_heard[0]);
        _world.RunFor(TimeSpan.FromSeconds(1));
        _world.Broker.Drop();
        _world.Expect(() => _heard.Count == 3, TimeSpan.FromSeconds(10), "the second one again");
        Assert.Equal((true, "c/2"), (_heard[2].IsDuplicate, _heard[2].Message.Topic));
        Acknowledge(_heard[1]); // too late, and for nothing
        Acknowledge(_heard[2]);
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _world.Broker.UnacknowledgedCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Retained_values_that_changed_meanwhile_are_told_after_a_reconnect(bool losesSessions)
    {
        _world.Broker.LosesSessions = losesSessions;
        _world.Broker.Publish(Message("s", "old") with { Retain = true });
        Want("s", retained: true);
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(["old"], Values());
        Acknowledge(_heard[0]);
        _world.RunFor(TimeSpan.FromSeconds(1));
        _world.Broker.GoAway();
        _world.Broker.Publish(Message("s", "new") with { Retain = true, QualityOfService = QualityOfService.AtMostOnce });
        _world.RunFor(TimeSpan.FromSeconds(3));
        _world.Broker.ComeBack();
        _world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(["old", "new"], Values());
        Assert.All(_heard, one => Assert.True(one.IsRetained));
    }

    [Fact]
    public void While_an_owner_holds_everything_the_brokers_window_fills_and_opens_again()
    {
        Want("c/#");
        _world.RunFor(TimeSpan.FromSeconds(1));
        for (var number = 0; number < MqttLimits.InboundReceiveMaximum; number++)
        {
            _world.Broker.Publish(Message($"c/{number}", "x"));
        }

        _world.RunFor(TimeSpan.FromSeconds(200)); // pings go on
        Assert.Equal(1, _world.Broker.Connections);
        Assert.Equal(MqttLimits.InboundReceiveMaximum, _world.Broker.UnacknowledgedCount);
        foreach (var delivery in _heard.AsEnumerable().Reverse())
        {
            Acknowledge(delivery);
        }

        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _world.Broker.UnacknowledgedCount);
    }

    [Fact]
    public void A_message_that_is_refused_by_its_owner_tells_the_broker_why()
    {
        Want("c/#");
        _world.RunFor(TimeSpan.FromSeconds(1));
        _world.Broker.Publish(Message("c/1", "x"));
        _world.RunFor(TimeSpan.FromSeconds(1));
        _world.Link.HandleAcknowledgement(_world.Now, new DeliveryAcknowledgement(_heard[0].Ticket, MqttReasonCode.QuotaExceeded));
        _world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal(MqttReasonCode.QuotaExceeded, _world.Broker.LastAnswer);
    }

    private static ApplicationMessage Message(string topic, string value) =>
        new() { Topic = topic, Payload = Encoding.UTF8.GetBytes(value), QualityOfService = QualityOfService.AtLeastOnce };

    private IEnumerable<string> Values() => _heard.Select(one => Encoding.UTF8.GetString(one.Message.Payload.Span));

    private void Want(string filter, bool retained = false)
    {
        _world.Link.HandleSubscription(_world.Now, new SubscriptionChange(Desk, filter, true, WantsRetained: retained));
        _world.RunFor(TimeSpan.Zero);
    }

    private void Acknowledge(Delivery delivery) => _world.Link.HandleAcknowledgement(_world.Now, new DeliveryAcknowledgement(delivery.Ticket));
}
