using CoapBridge.Coap;
using CoapBridge.Gateway;
using CoapBridge.Mqtt;

namespace CoapBridge.Simulation.Tests;

/// <summary>What devices hear while the broker does this or that (PRODUCT.md, the table of codes).</summary>
public class BrokerTests
{
    [Fact]
    public void A_broker_that_is_away_gives_503_and_one_that_is_back_204_within_ten_seconds()
    {
        var world = Scenario.Create(1);
        var device = world.AddConnectedDevice();
        world.AssertChanged(device.Post("/t", "before"));
        world.Broker.GoAway();
        world.RunFor(TimeSpan.FromMinutes(5));

        var away = world.Answered(device.Post("/t", "meanwhile"));
        Assert.Equal(CoapCode.ServiceUnavailable, away.Code);
        Assert.InRange(away.MaxAge!.Value, 1u, 5u);
        Assert.StartsWith("no-upstream: ", away.Diagnostic, StringComparison.Ordinal);

        world.Broker.ComeBack();
        var back = world.Now;
        SimulatedRequest request;
        do
        {
            world.RunFor(TimeSpan.FromSeconds(1));
            request = world.Answered(device.Post("/t", "after"));
        }
        while (request.Code != CoapCode.Changed && world.Now - back < TimeSpan.FromSeconds(20));

        Assert.InRange((request.Answered - back).TotalSeconds, 0, 10);
        Assert.Equal(["before", "after"], world.Broker.Log.Select(World.Text));
        Assert.Equal(1, device.Handshakes);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)] // [MQTT-4.4.0-1]: a resumed session sends it again
    public void A_connection_lost_before_the_puback_is_a_503_and_what_is_sent_again_is_the_same_message(bool losesSessions, int copies)
    {
        var world = Scenario.Create(2);
        world.Broker.LosesSessions = losesSessions;
        var device = world.AddConnectedDevice();
        world.Broker.IsSilent = true;
        var request = device.Post("/t", "lost");
        world.RunFor(TimeSpan.FromSeconds(2));
        Assert.Null(request.Code);
        world.Broker.Drop();

        Assert.Equal(CoapCode.ServiceUnavailable, world.Answered(request).Code);
        Assert.InRange(request.MaxAge!.Value, 1u, 5u);
        world.Broker.IsSilent = false;
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(copies, world.Broker.Log.Count);
        Assert.Single(world.Broker.Log.Select(message => message.UserProperties.Single(property => property.Name == "message_id").Value).Distinct());
    }

    [Fact]
    public void A_broker_that_says_nothing_gives_504_after_the_time_out()
    {
        var world = Scenario.Create(3, new() { AckTimeout = TimeSpan.FromSeconds(7) });
        var device = world.AddConnectedDevice();
        world.Broker.IsSilent = true;
        var request = world.Answered(device.Post("/t", "21.5"));

        Assert.Equal(CoapCode.GatewayTimeout, request.Code);
        Assert.InRange(request.Took.TotalSeconds, 7, 7.5);
        Assert.Equal(MessageType.Confirmable, request.ResponseType);
        Assert.Equal(0, world.Shards.Sum(shard => shard.OpenRequestCount));
    }

    [Fact]
    public void A_broker_that_answers_pings_but_no_publish_is_left_for_a_new_connection()
    {
        var world = Scenario.Create(10);
        var device = world.AddConnectedDevice();
        world.Broker.IsSilent = true;
        for (var minute = 0; minute < 10; minute++)
        {
            Assert.NotEqual(CoapCode.Changed, world.Answered(device.Post("/t", "unheard")).Code);
            world.RunFor(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(world.Broker.Connections, 3, 12);
        Assert.InRange(world.Link.OutstandingCount, 0, 3);
        world.Broker.IsSilent = false;
        world.RunFor(TimeSpan.FromMinutes(2));
        world.AssertChanged(device.Post("/t", "heard"));
    }

    [Fact]
    public void A_puback_after_the_504_changes_nothing()
    {
        var world = Scenario.Create(4, new() { AckTimeout = TimeSpan.FromSeconds(5) });
        var device = world.AddConnectedDevice();
        world.Broker.Slowness = TimeSpan.FromSeconds(8);
        Assert.Equal(CoapCode.GatewayTimeout, world.Answered(device.Post("/t", "late")).Code);
        world.RunFor(TimeSpan.FromSeconds(10));

        world.Broker.Slowness = TimeSpan.Zero;
        world.AssertChanged(device.Post("/t", "next"));
        Assert.Equal(2, world.Events.OfType<GatewayEvent.Answered>().Count());
    }

    [Fact]
    public void A_slow_broker_gets_the_device_an_empty_ack_and_then_a_separate_answer()
    {
        var world = Scenario.Create(5);
        var device = world.AddConnectedDevice();
        world.Broker.Slowness = TimeSpan.FromSeconds(3);
        var request = device.Post("/t", "21.5");
        world.RunFor(TimeSpan.FromMilliseconds(535));
        Assert.Empty(device.Received);
        world.RunFor(TimeSpan.FromMilliseconds(10));

        // RFC 7252 §5.2.2: 20 ms there, 500 ms of patience, 20 ms back.
        var acknowledgement = World.Read(Assert.Single(device.Received));
        Assert.Equal((MessageType.Acknowledgement, "0.00"), (acknowledgement.Type, acknowledgement.Code));

        world.AssertChanged(request);
        Assert.Equal(MessageType.Confirmable, request.ResponseType);
        Assert.InRange(request.Took.TotalSeconds, 3, 3.1);
        world.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(2, device.Received.Count);
    }

    [Theory]
    [InlineData(MqttReasonCode.Success, "2.04")]
    [InlineData(MqttReasonCode.NoMatchingSubscribers, "2.04")]
    [InlineData(MqttReasonCode.UnspecifiedError, "5.02")]
    [InlineData(MqttReasonCode.ImplementationSpecificError, "5.02")]
    [InlineData(MqttReasonCode.NotAuthorized, "5.02")]
    [InlineData(MqttReasonCode.PacketIdentifierInUse, "5.02")]
    [InlineData(MqttReasonCode.TopicNameInvalid, "4.00")]
    [InlineData(MqttReasonCode.PacketTooLarge, "4.13")]
    [InlineData(MqttReasonCode.QuotaExceeded, "5.03")]
    [InlineData(MqttReasonCode.PayloadFormatInvalid, "4.15")]
    [InlineData((MqttReasonCode)0xFE, "5.02")]
    public void Each_reason_code_of_a_puback_has_its_response_code(MqttReasonCode reason, string code)
    {
        var world = Scenario.Create(6);
        var device = world.AddConnectedDevice();
        world.Broker.Judge = _ => reason;
        var request = world.Answered(device.Post("/t", "21.5"));

        Assert.Equal(code, request.Code.ToString());
        Assert.Equal(code == "5.03", request.MaxAge is not null);
        Assert.Equal(code == "2.04", request.Diagnostic.Length == 0);
    }

    [Theory]
    [InlineData(MqttReasonCode.ServerUnavailable, "5.03")]
    [InlineData(MqttReasonCode.ServerBusy, "5.03")]
    [InlineData(MqttReasonCode.QuotaExceeded, "5.03")]
    [InlineData(MqttReasonCode.ConnectionRateExceeded, "5.03")]
    [InlineData(MqttReasonCode.NotAuthorized, "5.02")]
    [InlineData(MqttReasonCode.Banned, "5.02")]
    [InlineData(MqttReasonCode.ClientIdentifierNotValid, "5.02")]
    public void Each_reason_code_of_a_connack_has_its_response_code(MqttReasonCode reason, string code)
    {
        var world = Scenario.Create(7);
        var device = world.AddDevice();
        world.Broker.Welcome = reason;
        world.Expect(() => device.IsConnected, TimeSpan.FromSeconds(10), "connected");
        world.RunFor(TimeSpan.FromMinutes(3));

        Assert.Equal(code, world.Answered(device.Post("/t", "21.5")).Code.ToString());
        var refused = world.BrokerEvents.OfType<BrokerEvent.Refused>().ToList();
        Assert.All(refused, what => Assert.Equal(reason, what.Reason));

        // REQUIREMENTS 12.23: every 5 s at the longest for what passes, every 60 s for what does not.
        Assert.InRange(refused.Count, code == "5.03" ? 30 : 5, code == "5.03" ? 80 : 14);
        world.Broker.Welcome = MqttReasonCode.Success;
        world.RunUntil(() => world.Link.IsConnected, TimeSpan.FromSeconds(61));
        world.AssertChanged(device.Post("/t", "21.5"));
    }

    [Fact]
    public void A_broker_that_drops_every_connection_is_not_hammered()
    {
        var world = Scenario.Create(8);
        world.Broker.Welcome = MqttReasonCode.Success;
        for (var second = 0; second < 600; second++)
        {
            world.RunFor(TimeSpan.FromSeconds(1));
            world.Broker.Drop();
        }

        // ATTACKS L16: 1 s, 2 s, 4 s, then 5 s, each shortened by up to half.
        Assert.InRange(world.Broker.Connections, 100, 250);
    }

    [Fact]
    public void A_non_confirmable_post_is_answered_when_its_bytes_are_gone()
    {
        var world = Scenario.Create(9);
        var device = world.AddConnectedDevice();
        world.Broker.IsSilent = true;
        var request = device.Post("/t", "21.5", MessageType.NonConfirmable);

        world.AssertChanged(request);
        Assert.Equal(MessageType.NonConfirmable, request.ResponseType);
        Assert.Equal(QualityOfService.AtMostOnce, Assert.Single(world.Broker.Log).QualityOfService);
    }
}
