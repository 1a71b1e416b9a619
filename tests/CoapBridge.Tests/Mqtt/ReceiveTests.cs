using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

/// <summary>Messages of the server's (MQTT 5 §4.3), their answers and their order.</summary>
public class ReceiveTests
{
    private readonly Script _script = new Script(session: 3_600).Accepted();

    [Fact]
    public void A_message_comes_with_everything_that_it_carries()
    {
        var message = Script.Message() with
        {
            ResponseTopic = "gateways/gateway-1/r/1", CorrelationData = new byte[] { 1, 2 }, Retain = true, ContentType = "text/plain",
            UserProperties = [new("a", "b")],
        };
        _script.Receive(Codec.Publish(message, 9, duplicate: true));
        var what = Assert.Single(_script.Events());
        Assert.Equal(MqttEventKind.MessageReceived, what.Kind);
        var inbound = what.Message!;
        Assert.True(inbound.IsDuplicate && inbound.Message.Retain);
        Assert.Equal(("gateways/gateway-1/r/1", "text/plain"), (inbound.Message.ResponseTopic, inbound.Message.ContentType));
        Assert.Equal([1, 2], inbound.Message.CorrelationData!.Value.ToArray());
        Assert.Empty(inbound.SubscriptionIdentifiers);
    }

    [Fact]
    public void Subscription_identifiers_come_with_it()
    {
        _script.Receive("300A" + "000161" + "05" + "0B010BFF01" + "78");
        Assert.Equal([1, 255], Assert.Single(_script.Events()).Message!.SubscriptionIdentifiers);
    }

    [Fact]
    public void User_properties_beyond_the_cap_are_left_out()
    {
        var many = Enumerable.Range(0, MqttLimits.InboundUserProperties + 9).Select(number => new UserProperty($"{number}", "")).ToList();
        _script.Receive(Codec.Publish(Script.Message(0) with { UserProperties = many }));
        Assert.Equal(many[..MqttLimits.InboundUserProperties], Assert.Single(_script.Events()).Message!.Message.UserProperties);
    }

    [Fact] // [MQTT-4.6.0-2]
    public void Acknowledgements_go_out_in_the_order_of_the_messages_whoever_is_ready_first()
    {
        _script.Receive(Codec.Publish(Script.Message(), 11));
        _script.Receive(Codec.Publish(Script.Message(QualityOfService.AtMostOnce)));
        _script.Receive(Codec.Publish(Script.Message(), 12));
        _script.Receive(Codec.Publish(Script.Message(), 13));
        var tickets = _script.Events().Select(what => what.Ticket).ToList();
        Assert.Equal(0ul, tickets[1]);
        Assert.Empty(_script.Sent());

        _script.Engine.Acknowledge(_script.Now, tickets[3], MqttReasonCode.QuotaExceeded);
        _script.Engine.Acknowledge(_script.Now, tickets[2]);
        Assert.Empty(_script.Sent());
        _script.Engine.Acknowledge(_script.Now, tickets[0]);
        Assert.Equal(["000B", "000C", "000D97"], _script.Sent().Select(packet => Convert.ToHexString(packet.Body)));
        _script.Engine.Acknowledge(_script.Now, tickets[0]);
        _script.Engine.Acknowledge(_script.Now, 12_345);
        Assert.Empty(_script.Sent());
    }

    [Fact] // REQUIREMENTS 12.19
    public void Our_receive_maximum_holds_while_nothing_is_acknowledged()
    {
        for (ushort identifier = 1; identifier <= MqttLimits.InboundReceiveMaximum; identifier++)
        {
            _script.Receive(Codec.Publish(Script.Message(), identifier));
        }

        _script.Receive(Codec.Publish(Script.Message(QualityOfService.AtMostOnce)));
        Assert.True(_script.Engine.IsConnected);
        _script.Receive(Codec.Publish(Script.Message(), 500));
        _script.AssertEnded(ConnectionEnd.ServerFault, MqttReasonCode.ReceiveMaximumExceeded);
    }

    [Fact] // REQUIREMENTS 12.20, L12
    public void A_message_of_qos_2_is_handed_on_once_until_its_pubrel()
    {
        var message = Codec.Publish(Script.Message(QualityOfService.ExactlyOnce), 7);
        _script.Receive(message);
        var ticket = Assert.Single(_script.Events()).Ticket;
        _script.Receive(message);
        Assert.Empty(_script.Events());
        Assert.Empty(_script.Sent());
        _script.Engine.Acknowledge(_script.Now, ticket);
        Assert.Equal([(PacketType.Pubrec, "0007")], Answers());
        _script.Receive(Codec.Publish(Script.Message(QualityOfService.ExactlyOnce), 7, duplicate: true));
        Assert.Empty(_script.Events());
        Assert.Equal([(PacketType.Pubrec, "0007")], Answers());

        _script.Receive(Codec.Acknowledge(PacketType.Pubrel, 7));
        Assert.Equal([(PacketType.Pubcomp, "0007")], Answers());
        _script.Receive(Codec.Acknowledge(PacketType.Pubrel, 7));
        Assert.Equal([(PacketType.Pubcomp, "000792")], Answers());
        _script.Receive(message);
        Assert.Single(_script.Events());
    }

    [Fact]
    public void A_failing_pubrec_ends_the_exchange()
    {
        _script.Receive(Codec.Publish(Script.Message(QualityOfService.ExactlyOnce), 7));
        _script.Engine.Acknowledge(_script.Now, Assert.Single(_script.Events()).Ticket, MqttReasonCode.QuotaExceeded);
        Assert.Equal([(PacketType.Pubrec, "000797")], Answers());
        _script.Receive(Codec.Publish(Script.Message(QualityOfService.ExactlyOnce), 7));
        Assert.Single(_script.Events());
    }

    [Fact]
    public void In_a_resumed_session_a_message_of_qos_2_is_still_known()
    {
        var message = Codec.Publish(Script.Message(QualityOfService.ExactlyOnce), 7, duplicate: true);
        _script.Receive(message);
        var ticket = Assert.Single(_script.Events()).Ticket;
        _script.Engine.HandleDisconnected(_script.Now);
        _script.Engine.Acknowledge(_script.Now, ticket); // stored while the broker was away
        _script.Accepted(new ConnackPacket { SessionPresent = true });
        _script.Receive(message);
        Assert.Empty(_script.Events());
        Assert.Equal([(PacketType.Pubrec, "0007")], Answers());

        _script.Engine.HandleDisconnected(_script.Now);
        _script.Accepted(new ConnackPacket { SessionPresent = false });
        _script.Receive(message);
        Assert.Single(_script.Events());
    }

    [Fact]
    public void After_the_connection_an_acknowledgement_of_qos_1_means_nothing()
    {
        _script.Receive(Codec.Publish(Script.Message(), 7));
        var ticket = Assert.Single(_script.Events()).Ticket;
        _script.Engine.HandleDisconnected(_script.Now);
        _script.Accepted(new ConnackPacket { SessionPresent = true });
        _script.Receive(Codec.Publish(Script.Message(), 7, duplicate: true));
        _script.Engine.Acknowledge(_script.Now, ticket);
        Assert.Empty(_script.Sent());
        _script.Engine.Acknowledge(_script.Now, Assert.Single(_script.Events()).Ticket);
        Assert.Equal([(PacketType.Puback, "0007")], Answers());
    }

    [Fact]
    public void A_topic_alias_holds_for_its_connection()
    {
        _script.Receive("3007" + "000161" + "03" + "230020");
        _script.Receive("3006" + "0000" + "03" + "230020");
        _script.Receive("3007" + "000162" + "03" + "230020");
        _script.Receive("3006" + "0000" + "03" + "230020");
        Assert.Equal(["a", "a", "b", "b"], _script.Events().Select(what => what.Message!.Message.Topic));

        _script.Engine.HandleDisconnected(_script.Now);
        _script.Accepted();
        _script.Receive("3006" + "0000" + "03" + "230020");
        _script.AssertEnded(ConnectionEnd.ServerFault, MqttReasonCode.ProtocolError);
    }

    private IEnumerable<(PacketType Type, string Body)> Answers() => _script.Sent().Select(packet => (packet.Type, Convert.ToHexString(packet.Body)));
}
