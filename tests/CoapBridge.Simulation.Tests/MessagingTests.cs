using CoapBridge.Coap;

namespace CoapBridge.Simulation.Tests;

/// <summary>One request, one publish, one answer, whatever repeats.</summary>
public class MessagingTests
{
    [Fact]
    public void A_message_says_who_sent_it()
    {
        var world = Scenario.Create(1);
        var device = world.AddConnectedDevice("meter-7");
        world.AssertChanged(device.Post("/t/attic", "21.5"));

        var message = Assert.Single(world.Broker.Log);
        Assert.Equal("devices/meter-7/t/attic", message.Topic);
        Assert.Equal("21.5", World.Text(message));
        Assert.Equal("meter-7", World.Property(message, "device"));
        Assert.Equal("gateway-1", World.Property(message, "gateway"));
        Assert.Equal("/t/attic", World.Property(message, "path"));
        Assert.Matches("^[0-9a-f]{64}$", World.Property(message, "cert_sha256"));
        Assert.Matches("^[0-9a-f]{32}$", World.MessageId(message));
    }

    [Fact]
    public void A_hundred_copies_of_a_confirmable_are_one_publish_and_a_hundred_equal_answers()
    {
        var world = Scenario.Create(2);
        var device = world.AddConnectedDevice();
        var message = World.RawPost(messageId: 77, token: 0xABCD);
        for (var copy = 0; copy < 100; copy++)
        {
            device.SendRaw(message);
            world.RunFor(TimeSpan.FromSeconds(2));
        }

        Assert.Single(world.Broker.Log);
        Assert.Equal(100, device.Received.Count);
        Assert.All(device.Received, answer => Assert.Equal(device.Received[0], answer));
        var (type, code, messageId, _) = World.Read(device.Received[0]);
        Assert.Equal((MessageType.Acknowledgement, "2.04", 77), (type, code, messageId));

        // After EXCHANGE_LIFETIME the Message ID is new again (RFC 7252 §4.4).
        world.RunFor(TimeSpan.FromSeconds(250));
        device.SendRaw(message);
        world.RunFor(TimeSpan.FromSeconds(2));
        Assert.Equal(2, world.Broker.Log.Count);
    }

    [Fact]
    public void Copies_while_the_broker_thinks_are_one_publish()
    {
        var world = Scenario.Create(3);
        var device = world.AddConnectedDevice();
        world.Broker.Slowness = TimeSpan.FromSeconds(5);
        var message = World.RawPost(messageId: 77, token: 0xABCD);
        for (var copy = 0; copy < 10; copy++)
        {
            device.SendRaw(message);
            world.RunFor(TimeSpan.FromMilliseconds(700));
        }

        world.RunFor(TimeSpan.FromMinutes(2));
        Assert.Single(world.Broker.Log);
        Assert.Contains(device.Received, answer => World.Read(answer).Code == "2.04");
    }

    [Fact]
    public void A_record_that_the_network_repeats_is_dropped_before_coap()
    {
        var world = Scenario.Create(4).Duplicate(1);
        var device = world.AddConnectedDevice();
        world.AssertChanged(device.Post("/t", "21.5"));
        world.RunFor(TimeSpan.FromSeconds(5));

        Assert.Single(world.Broker.Log);
        Assert.Single(device.Received);
        Assert.True(world.Shards[0].Counters.Records[(int)CoapBridge.Dtls.RecordOutcome.Replayed] > 0);
    }

    [Fact]
    public void Devices_with_equal_message_ids_and_tokens_do_not_mix()
    {
        var world = Scenario.Create(5);
        var first = world.AddConnectedDevice();
        var second = world.AddConnectedDevice();
        world.Broker.Judge = message => message.Topic.Contains("device-2", StringComparison.Ordinal)
            ? Mqtt.MqttReasonCode.NotAuthorized : Mqtt.MqttReasonCode.Success;
        first.SendRaw(World.RawPost(9, 0x1234, "one"));
        second.SendRaw(World.RawPost(9, 0x1234, "two"));
        world.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal("2.04", World.Read(Assert.Single(first.Received)).Code);
        Assert.Equal("5.02", World.Read(Assert.Single(second.Received)).Code);
        Assert.Equal("one", World.Text(Assert.Single(world.Broker.Log)));
    }

    [Fact]
    public void The_sixty_fifth_open_request_of_a_device_is_429_and_others_are_not_touched()
    {
        var world = Scenario.Create(6);
        var greedy = world.AddConnectedDevice();
        var modest = world.AddConnectedDevice();
        world.Broker.Slowness = TimeSpan.FromSeconds(4);
        for (ushort id = 0; id < 65; id++)
        {
            greedy.SendRaw(World.RawPost(id, id));
        }

        world.RunFor(TimeSpan.FromMilliseconds(100));
        var refused = Assert.Single(greedy.Received);
        Assert.Equal("4.29", World.Read(refused).Code);
        CoapMessage.TryParse(refused, out var message, out _);
        Assert.True(message.TryGetUInt32(OptionNumber.MaxAge, out _));

        world.AssertChanged(modest.Post("/t", "21.5"));
        world.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(0, world.Shards[0].OpenRequestCount);
        Assert.Equal(65, world.Broker.Log.Count);
    }

    [Theory]
    [InlineData("/nowhere", "4.04", null)]
    [InlineData("/", "4.04", null)]
    [InlineData("/t/a+b", "4.00", null)]
    [InlineData("/t/..", "4.00", null)]
    [InlineData("/t", "4.00", "qos=2")]
    [InlineData("/t", "4.00", "expiry=soon")]
    [InlineData("/e", "4.00", "qos=0")]
    [InlineData("/e", "2.04", "qos=1")]
    [InlineData("/t", "2.04", "color=red")]
    public void A_request_is_judged_by_its_path_and_query(string path, string code, string? query)
    {
        var world = Scenario.Create(7);
        var device = world.AddConnectedDevice();
        Assert.Equal(code, world.Answered(device.Ask(CoapCode.Post, path, "x", query: query)).Code.ToString());
        Assert.Equal(code == "2.04" ? 1 : 0, world.Broker.Log.Count);
    }

    [Fact]
    public void Other_methods_on_a_route_are_405()
    {
        var world = Scenario.Create(8);
        var device = world.AddConnectedDevice();
        Assert.Equal("4.05", world.Answered(device.Ask(CoapCode.Get, "/t", "")).Code.ToString());
        Assert.Equal("4.05", world.Answered(device.Ask(CoapCode.Put, "/t/x", "1")).Code.ToString());
    }

    [Fact]
    public void A_ping_gets_a_reset()
    {
        var world = Scenario.Create(9);
        var device = world.AddConnectedDevice();
        device.SendRaw([0x40, 0x00, 0x12, 0x34]);
        world.RunFor(TimeSpan.FromSeconds(1));
        Assert.Equal((MessageType.Reset, "0.00", (ushort)0x1234, ""), World.Read(Assert.Single(device.Received)));
    }
}
