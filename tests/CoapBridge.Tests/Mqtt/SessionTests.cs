using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

/// <summary>One session over several connections (MQTT 5 §4.1, §4.4), and what we send with QoS 2.</summary>
public class SessionTests
{
    private readonly Script _script = new Script(session: 3_600).Accepted();

    [Fact] // REQUIREMENTS 12.06
    public void The_first_connection_starts_clean_and_the_next_asks_for_the_session()
    {
        Assert.Equal((true, 3_600u), (_script.LastConnect.CleanStart, _script.LastConnect.SessionExpiryInterval));
        _script.Engine.HandleDisconnected(_script.Now);
        _script.Accepted(new ConnackPacket { SessionPresent = true, SessionExpiryInterval = 0 });
        Assert.False(_script.LastConnect.CleanStart);
        Assert.True(_script.Engine.IsSessionResumed);

        // The server's own expiry is none: there is nothing to come back to.
        _script.Engine.HandleDisconnected(_script.Now);
        _script.Accepted();
        Assert.True(_script.LastConnect.CleanStart);
    }

    [Fact]
    public void The_session_of_an_earlier_run_is_taken_up()
    {
        var script = new Script(session: 3_600);
        script.Engine.TakeUpSession();
        script.Accepted(new ConnackPacket { SessionPresent = true });
        Assert.False(script.LastConnect.CleanStart);
        Assert.True(script.Engine.IsSessionResumed);
    }

    [Fact] // REQUIREMENTS 12.13, L05
    public void A_resumed_session_sends_again_in_order_with_dup_and_the_same_identifiers()
    {
        for (var ticket = 1ul; ticket <= 3; ticket++)
        {
            _script.Publish(ticket, Script.Message() with { Topic = $"t/{ticket}" });
        }

        var identifiers = _script.SentIdentifiers();
        _script.Receive(Codec.Acknowledge(PacketType.Puback, identifiers[1]));
        _script.Events();
        _script.Engine.HandleDisconnected(_script.Now);
        Assert.Equal(
            [(MqttEventKind.PublishUnconfirmed, 1ul), (MqttEventKind.PublishUnconfirmed, 3ul), (MqttEventKind.ConnectionClosed, 0ul)],
            _script.Events().Select(what => (what.Kind, what.Ticket)));

        _script.Accepted(new ConnackPacket { SessionPresent = true });
        _script.Publish(4);
        var again = _script.Sent();
        Assert.Equal([0b1010, 0b1010, 0b0010], again.Select(packet => (int)packet.Flags));
        Assert.Equal([identifiers[0], identifiers[2], (ushort)4], again.Select(IdentifierOf));
        foreach (var packet in again)
        {
            _script.Receive(Codec.Acknowledge(PacketType.Puback, IdentifierOf(packet)));
        }

        Assert.Equal([1ul, 3ul, 4ul], _script.Events().Select(what => what.Kind == MqttEventKind.PublishAcknowledged ? what.Ticket : 0));
    }

    [Fact] // REQUIREMENTS 12.05, L06
    public void A_session_that_the_server_has_lost_is_forgotten_and_its_messages_told_lost()
    {
        _script.Publish(1);
        var identifier = Assert.Single(_script.SentIdentifiers());
        _script.Engine.HandleDisconnected(_script.Now);
        Assert.Equal(
            [(MqttEventKind.PublishLost, 1ul), (MqttEventKind.ConnectionAccepted, 0ul)],
            _script.Connect(new ConnackPacket { SessionPresent = false }).Select(what => (what.Kind, what.Ticket)));
        Assert.Empty(_script.Sent());
        _script.Receive(Codec.Acknowledge(PacketType.Puback, identifier));
        Assert.Empty(_script.Events());
    }

    [Fact]
    public void A_message_is_unconfirmed_once_for_each_connection_that_it_was_sent_on()
    {
        _script.Publish(1);
        _script.SentIdentifiers();
        for (var round = 0; round < 3; round++)
        {
            _script.Engine.HandleDisconnected(_script.Now);
            Assert.Equal([MqttEventKind.PublishUnconfirmed, MqttEventKind.ConnectionClosed], _script.Events().Select(what => what.Kind));
            _script.Accepted(new ConnackPacket { SessionPresent = true });
            Assert.Single(_script.SentIdentifiers());
        }

        // A connection without CONNACK sends nothing.
        _script.Engine.HandleConnected(_script.Now);
        _script.Events();
        _script.Engine.HandleDisconnected(_script.Now);
        Assert.Equal([MqttEventKind.ConnectionClosed], _script.Events().Select(what => what.Kind));
    }

    [Fact] // L07
    public void What_is_sent_again_keeps_to_the_new_receive_maximum()
    {
        for (var ticket = 1ul; ticket <= 5; ticket++)
        {
            _script.Publish(ticket);
        }

        var identifiers = _script.SentIdentifiers();
        _script.Engine.HandleDisconnected(_script.Now);
        _script.Accepted(new ConnackPacket { SessionPresent = true, ReceiveMaximum = 2 });
        _script.Publish(6);
        var sent = _script.SentIdentifiers();
        Assert.Equal(identifiers[..2], sent);
        for (var index = 0; index < 4; index++)
        {
            _script.Receive(Codec.Acknowledge(PacketType.Puback, identifiers[index]));
            sent.AddRange(_script.SentIdentifiers());
        }

        Assert.Equal([.. identifiers, (ushort)6], sent);
        Assert.Equal(0, _script.Engine.WaitingCount);
    }

    [Fact]
    public void What_the_server_takes_no_longer_is_lost_and_not_sent()
    {
        _script.Publish(1, Script.Message() with { Retain = true });
        _script.Publish(2);
        _script.SentIdentifiers();
        _script.Engine.HandleDisconnected(_script.Now);
        var events = _script.Connect(new ConnackPacket { SessionPresent = true, RetainAvailable = false });
        Assert.Equal([MqttEventKind.ConnectionAccepted, MqttEventKind.PublishLost], events.Select(what => what.Kind));
        Assert.Single(_script.SentIdentifiers());
        Assert.Equal(1, _script.Engine.InFlightCount);
    }

    [Fact] // REQUIREMENTS 12.12, L12
    public void Qos_2_goes_from_pubrec_to_pubrel_to_pubcomp()
    {
        _script.Publish(1, Script.Message(QualityOfService.ExactlyOnce));
        var publish = Assert.Single(_script.Sent());
        Assert.Equal(0b0100, publish.Flags);
        var identifier = IdentifierOf(publish);
        _script.Receive(Codec.Acknowledge(PacketType.Pubrec, identifier));
        Assert.Equal(new MqttEvent(MqttEventKind.PublishAcknowledged, 1), Assert.Single(_script.Events()));
        Assert.Equal(PacketType.Pubrel, Assert.Single(_script.Sent()).Type);
        _script.Receive(Codec.Acknowledge(PacketType.Pubrec, identifier)); // it comes twice
        Assert.Equal(PacketType.Pubrel, Assert.Single(_script.Sent()).Type);
        Assert.Equal(1, _script.Engine.InFlightCount);

        _script.Receive(Codec.Acknowledge(PacketType.Pubcomp, identifier));
        _script.Receive(Codec.Acknowledge(PacketType.Pubcomp, identifier));
        Assert.Equal(0, _script.Engine.InFlightCount);
        Assert.Empty(_script.Events());
        _script.Receive(Codec.Acknowledge(PacketType.Pubrec, identifier));
        Assert.Equal($"{identifier:X4}92", Convert.ToHexString(Assert.Single(_script.Sent()).Body));
    }

    [Fact] // L12
    public void A_failing_pubrec_ends_the_exchange_with_its_reason()
    {
        _script.Publish(1, Script.Message(QualityOfService.ExactlyOnce));
        _script.Receive(Codec.Acknowledge(PacketType.Pubrec, IdentifierOf(Assert.Single(_script.Sent())), MqttReasonCode.QuotaExceeded));
        Assert.Equal(new MqttEvent(MqttEventKind.PublishAcknowledged, 1, MqttReasonCode.QuotaExceeded), Assert.Single(_script.Events()));
        Assert.Empty(_script.Sent());
        Assert.Equal(0, _script.Engine.InFlightCount);
    }

    [Theory] // REQUIREMENTS 12.15
    [InlineData(PacketType.Puback)]
    [InlineData(PacketType.Pubcomp)]
    internal void The_wrong_acknowledgement_for_qos_2_is_a_protocol_error(PacketType type)
    {
        _script.Publish(1, Script.Message(QualityOfService.ExactlyOnce));
        _script.Receive(Codec.Acknowledge(type, IdentifierOf(Assert.Single(_script.Sent()))));
        _script.AssertEnded(ConnectionEnd.ServerFault, MqttReasonCode.ProtocolError);
    }

    [Fact] // [MQTT-4.3.3-6], [MQTT-4.4.0-1]
    public void After_pubrec_only_the_pubrel_is_sent_again()
    {
        _script.Publish(1, Script.Message(QualityOfService.ExactlyOnce));
        _script.Publish(2, Script.Message(QualityOfService.ExactlyOnce));
        var identifiers = _script.SentIdentifiers();
        _script.Receive(Codec.Acknowledge(PacketType.Pubrec, identifiers[0]));
        _script.Sent();
        _script.Events();
        _script.Engine.HandleDisconnected(_script.Now);
        Assert.Equal([(MqttEventKind.PublishUnconfirmed, 2ul), (MqttEventKind.ConnectionClosed, 0ul)], _script.Events().Select(what => (what.Kind, what.Ticket)));
        _script.Accepted(new ConnackPacket { SessionPresent = true });
        Assert.Equal([PacketType.Pubrel, PacketType.Publish], _script.Sent().Select(packet => packet.Type));

        // The server has lost it all: what it had acknowledged is not told again.
        _script.Engine.HandleDisconnected(_script.Now);
        Assert.Equal([2ul], _script.Connect().Where(what => what.Kind == MqttEventKind.PublishLost).Select(what => what.Ticket));
        Assert.Equal(0, _script.Engine.InFlightCount);
    }

    [Fact]
    public void A_disconnect_can_end_the_session()
    {
        _script.Publish(1);
        _script.Sent();
        _script.Engine.Disconnect(_script.Now, MqttReasonCode.Success, endsSession: true);
        Assert.Equal("0005" + "1100000000", Convert.ToHexString(Assert.Single(_script.Sent()).Body));
        Assert.Equal([MqttEventKind.PublishLost, MqttEventKind.ConnectionClosed], _script.Events().Select(what => what.Kind));
        _script.Accepted();
        Assert.True(_script.LastConnect.CleanStart);
    }

    [Fact] // REQUIREMENTS 12.10, L09
    public void Our_topic_aliases_keep_to_the_servers_maximum_and_to_one_connection()
    {
        _script.Engine.HandleDisconnected(_script.Now);
        _script.Connect(new ConnackPacket { TopicAliasMaximum = 1 });
        foreach (var topic in new[] { "a", "a", "b", "a" })
        {
            _script.Publish(1, Script.Message(QualityOfService.AtMostOnce, 0) with { Topic = topic });
        }

        string[] expected = ["000161" + "03230001", "0000" + "03230001", "000162" + "00", "0000" + "03230001"];
        Assert.Equal(expected, _script.Sent().Select(packet => Convert.ToHexString(packet.Body)));

        _script.Engine.HandleDisconnected(_script.Now);
        _script.Connect(new ConnackPacket { TopicAliasMaximum = 1 });
        _script.Publish(1, Script.Message(QualityOfService.AtMostOnce, 0) with { Topic = "a" });
        Assert.Equal(expected[0], Convert.ToHexString(Assert.Single(_script.Sent()).Body));
    }

    [Fact]
    public void An_alias_never_makes_a_packet_larger_than_the_server_takes()
    {
        _script.Engine.HandleDisconnected(_script.Now);
        var overhead = (int)PublishPacket.Measure(Script.Message(size: 0));
        _script.Connect(new ConnackPacket { TopicAliasMaximum = 1, MaximumPacketSize = 100 });
        Assert.Equal(PublishOutcome.Accepted, _script.Publish(1, Script.Message(size: 100 - overhead)));
        Assert.Equal(98, Assert.Single(_script.Sent()).Body.Length);
    }

    [Fact] // REQUIREMENTS 12.24
    public void The_will_goes_with_the_connect_and_must_be_sendable()
    {
        var will = new ApplicationMessage { Topic = "gateways/gateway-1/status", Payload = "offline"u8.ToArray(), Retain = true };
        var engine = new MqttClientEngine(new MqttClientOptions("g", TimeSpan.Zero) { Will = will, WillDelay = TimeSpan.FromSeconds(5) });
        engine.HandleConnected(_script.Now);
        var room = new byte[300];
        Assert.True(engine.TryTakeTransmit(room, out var length));
        Assert.True(ConnectPacket.TryParse(Codec.Frame(room[..length]).Body, out var connect, out _));
        Assert.Equal((will.Topic, true, 5u), (connect.Will!.Topic, connect.Will.Retain, connect.WillDelayInterval));
        Assert.Throws<ArgumentException>(() => new MqttClientEngine(new MqttClientOptions("g", TimeSpan.Zero) { Will = will with { Topic = "a/#" } }));
    }

    [Theory] // L09, [MQTT-3.2.2-12], [MQTT-3.2.2-13]
    [InlineData(MqttReasonCode.RetainNotSupported, false, 1)]
    [InlineData(MqttReasonCode.QoSNotSupported, true, 0)]
    public void A_server_that_refuses_the_will_gets_a_smaller_one(MqttReasonCode reason, bool retain, int quality)
    {
        var will = new ApplicationMessage { Topic = "s", Retain = true, QualityOfService = QualityOfService.AtLeastOnce };
        var script = new Script(will: will);
        Assert.Equal([MqttEventKind.ConnectionRefused], script.Connect(new ConnackPacket { ReasonCode = reason }).Select(what => what.Kind));
        script.Accepted();
        Assert.Equal((retain, quality), (script.LastConnect.Will!.Retain, (int)script.LastConnect.Will.QualityOfService));
    }

    [Fact]
    public void Half_of_the_window_without_an_answer_is_a_stall_and_one_of_many_is_not()
    {
        _script.Engine.HandleDisconnected(_script.Now);
        _script.Connect(new ConnackPacket { ReceiveMaximum = 4 });
        for (var ticket = 1ul; ticket <= 4; ticket++)
        {
            _script.Publish(ticket);
            _script.Advance(1);
        }

        var start = _script.Now - TimeSpan.FromSeconds(4);
        Assert.False(_script.Engine.IsStalledSince(start - TimeSpan.FromSeconds(1)));
        Assert.False(_script.Engine.IsStalledSince(start));
        Assert.True(_script.Engine.IsStalledSince(start + TimeSpan.FromSeconds(1)));
        foreach (var identifier in _script.SentIdentifiers()[1..])
        {
            _script.Receive(Codec.Acknowledge(PacketType.Puback, identifier));
        }

        Assert.True(_script.Engine.IsStalledSince(start)); // it is all that is sent
    }

    private static ushort IdentifierOf((PacketType Type, byte Flags, byte[] Body) packet)
    {
        Assert.True(PublishPacket.TryParse(packet.Flags, packet.Body, out var publish, out _));
        return publish.PacketIdentifier;
    }
}
