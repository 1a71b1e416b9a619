using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

/// <summary>The engine with a server that knows MQTT 3.1.1 only; bytes by hand from that standard.</summary>
public class Version311Tests
{
    private readonly Script _script = new(version: MqttVersion.Mqtt311, session: 3_600, will: new ApplicationMessage { Topic = "w", Retain = true });

    [Fact]
    public void Connect_has_level_4_and_no_properties_and_does_not_start_clean()
    {
        Connect();
        _script.Engine.HandleDisconnected(_script.Now);
        _script.Engine.HandleConnected(_script.Now);
        Assert.Equal("00044D51545404" + "24" + "003C" + "0009676174657761792D31" + "000177" + "0000", Body(PacketType.Connect));

        var clean = new Script(version: MqttVersion.Mqtt311);
        clean.Engine.HandleConnected(clean.Now);
        Assert.Equal("00044D51545404" + "02" + "003C" + "0009676174657761792D31", Convert.ToHexString(Assert.Single(clean.Sent()).Body));
    }

    [Theory] // §3.2.2.3, Table 3.1
    [InlineData(1, MqttReasonCode.UnsupportedProtocolVersion)]
    [InlineData(2, MqttReasonCode.ClientIdentifierNotValid)]
    [InlineData(3, MqttReasonCode.ServerUnavailable)]
    [InlineData(4, MqttReasonCode.BadUserNameOrPassword)]
    [InlineData(5, MqttReasonCode.NotAuthorized)]
    [InlineData(6, MqttReasonCode.UnspecifiedError)]
    public void A_return_code_is_told_as_the_reason_code_that_says_the_same(byte code, MqttReasonCode reason)
    {
        _script.Engine.HandleConnected(_script.Now);
        _script.Receive(0x20, 0x02, 0x00, code);
        Assert.Equal((MqttEventKind.ConnectionRefused, reason), _script.Events() is [var what] ? (what.Kind, what.Reason) : default);
    }

    [Fact]
    public void What_has_no_place_in_a_publish_is_left_out()
    {
        Connect();
        var message = Script.Message(size: 1) with
        {
            ContentType = "text/plain", MessageExpiryInterval = 5, PayloadIsUtf8 = true, ResponseTopic = "r", CorrelationData = new byte[3],
            UserProperties = [new("a", "b")],
        };
        _script.Publish(1, message);
        Assert.Equal("000B" + Convert.ToHexString("devices/d/t"u8) + "0001" + "00", Body(PacketType.Publish));
        _script.Receive("40020001");
        Assert.Equal(new MqttEvent(MqttEventKind.PublishAcknowledged, 1), Assert.Single(_script.Events()));
    }

    [Fact]
    public void Subscriptions_have_no_options_but_qos_and_unsuback_has_no_codes()
    {
        Connect();
        Assert.False(_script.Engine.OffersSubscriptionIdentifiers);
        _script.Engine.Subscribe(_script.Now, 7, [new("a/b", QualityOfService.AtLeastOnce, false), new("c", QualityOfService.AtMostOnce, true)], 5);
        Assert.Equal("0001" + "0003612F62" + "01" + "000163" + "00", Body(PacketType.Subscribe));
        _script.Receive("90040001" + "0180");
        Assert.Equal([MqttReasonCode.GrantedQoS1, MqttReasonCode.UnspecifiedError], Assert.Single(_script.Events()).Reasons!);
        _script.Engine.Unsubscribe(_script.Now, 8, ["a/b"]);
        Assert.Equal("0002" + "0003612F62", Body(PacketType.Unsubscribe));
        _script.Receive("B0020002");
        Assert.Equal((MqttEventKind.UnsubscribeAcknowledged, 8ul), _script.Events() is [var what] ? (what.Kind, what.Ticket) : default);
        _script.Receive("B0020002");
        Assert.True(_script.Engine.MustClose);
    }

    [Fact]
    public void A_message_has_no_properties_and_every_answer_is_a_success()
    {
        Connect();
        _script.Receive("3205" + "000161" + "0007"); // and an empty payload
        _script.Receive("3408" + "000161" + "0008" + "017879");
        var events = _script.Events();
        Assert.Equal([0x01, 0x78, 0x79], events[1].Message!.Message.Payload.ToArray());
        _script.Engine.Acknowledge(_script.Now, events[0].Ticket, MqttReasonCode.QuotaExceeded);
        _script.Engine.Acknowledge(_script.Now, events[1].Ticket, MqttReasonCode.QuotaExceeded);
        _script.Receive("62020008");
        _script.Receive("62020009");
        Assert.Equal(
            [(PacketType.Puback, "0007"), (PacketType.Pubrec, "0008"), (PacketType.Pubcomp, "0008"), (PacketType.Pubcomp, "0009")],
            _script.Sent().Select(packet => (packet.Type, Convert.ToHexString(packet.Body))));
    }

    [Theory]
    [InlineData("E000")] // a server says no DISCONNECT
    [InlineData("F000")]
    [InlineData("4003000100")] // a PUBACK with a reason code
    [InlineData("3606000161000100")] // QoS 3
    public void A_fault_closes_without_a_disconnect_so_that_the_will_stays(string hex)
    {
        Connect();
        _script.Receive(hex);
        Assert.Empty(_script.Sent());
        Assert.Equal(ConnectionEnd.ServerFault, _script.Events()[^1].End);
        Assert.True(_script.Engine.MustClose);
    }

    [Fact]
    public void Only_a_normal_end_has_a_disconnect()
    {
        Connect();
        _script.Engine.Disconnect(_script.Now, MqttReasonCode.Success, endsSession: true);
        Assert.Equal("", Body(PacketType.Disconnect));
        _script.Engine.HandleConnected(_script.Now);
        _script.Sent();
        _script.Receive(0x20, 0x02, 0x01, 0x00); // the server's session of an earlier run: nothing of ours is open in it
        _script.Engine.Disconnect(_script.Now, MqttReasonCode.DisconnectWithWillMessage);
        Assert.Empty(_script.Sent());
        Assert.True(_script.Engine.MustClose);
    }

    [Fact]
    public void A_resumed_session_sends_again()
    {
        Connect();
        _script.Publish(1);
        _script.Sent();
        _script.Engine.HandleDisconnected(_script.Now);
        _script.Events();
        _script.Engine.HandleConnected(_script.Now);
        _script.Sent();
        _script.Receive(0x20, 0x02, 0x01, 0x00);
        Assert.Equal(0b1010, Assert.Single(_script.Sent()).Flags);
    }

    private void Connect()
    {
        _script.Engine.HandleConnected(_script.Now);
        _script.Sent();
        _script.Receive(0x20, 0x02, 0x00, 0x00);
        Assert.Equal(MqttEventKind.ConnectionAccepted, Assert.Single(_script.Events()).Kind);
    }

    private string Body(PacketType type)
    {
        var packet = Assert.Single(_script.Sent());
        Assert.Equal(type, packet.Type);
        return Convert.ToHexString(packet.Body);
    }
}
