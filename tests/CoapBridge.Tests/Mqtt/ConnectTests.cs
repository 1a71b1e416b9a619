using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

public class ConnectTests
{
    [Fact]
    public void Connect_goes_first_and_nothing_is_published_before_connack()
    {
        var script = new Script();
        script.Engine.HandleConnected(script.Now);
        Assert.Equal(PublishOutcome.NotConnected, script.Publish(1));

        var packet = Assert.Single(script.Sent());
        Assert.True(ConnectPacket.TryParse(packet.Body, out var connect, out _));
        var expected = new ConnectPacket
        {
            ClientIdentifier = "gateway-1", KeepAlive = 60, CleanStart = true,
            ReceiveMaximum = MqttLimits.InboundReceiveMaximum, MaximumPacketSize = MqttLimits.InboundPacketSize,
            TopicAliasMaximum = MqttLimits.InboundTopicAliases,
        };
        Assert.Equal(expected, connect);
    }

    [Theory]
    [InlineData(0x87)]
    [InlineData(0x88)]
    [InlineData(0xEE)]
    public void A_refusal_is_told_once_with_its_reason(byte code)
    {
        var script = new Script();
        script.Engine.HandleConnected(script.Now);
        script.Receive(0x20, 0x03, 0x00, code, 0x00);
        script.Engine.HandleDisconnected(script.Now);

        var refused = Assert.Single(script.Events());
        Assert.Equal((MqttEventKind.ConnectionRefused, (MqttReasonCode)code), (refused.Kind, refused.Reason));
    }

    [Fact]
    public void A_server_that_knows_only_mqtt_3_1_1_is_a_refusal_of_the_version()
    {
        var script = new Script();
        script.Engine.HandleConnected(script.Now);
        script.Receive("20020001");

        var refused = Assert.Single(script.Events());
        Assert.Equal((MqttEventKind.ConnectionRefused, MqttReasonCode.UnsupportedProtocolVersion), (refused.Kind, refused.Reason));
    }

    [Fact]
    public void A_server_that_leaves_without_connack_is_told_apart()
    {
        var script = new Script();
        script.Engine.HandleConnected(script.Now);
        script.Engine.HandleDisconnected(script.Now);

        var closed = Assert.Single(script.Events());
        Assert.Equal((MqttEventKind.ConnectionClosed, ConnectionEnd.TransportLost), (closed.Kind, closed.End));
        Assert.Equal("before CONNACK", closed.Detail);
    }

    [Theory]
    [InlineData("2003010000", MqttReasonCode.ProtocolError)] // [MQTT-3.2.2-4] session present with Clean Start
    [InlineData("2003018000", MqttReasonCode.ProtocolError)] // [MQTT-3.2.2-6]
    [InlineData("2003020000", MqttReasonCode.MalformedPacket)] // reserved flag
    [InlineData("2003000100", MqttReasonCode.ProtocolError)] // neither success nor failure
    [InlineData("20060000032100" + "00", MqttReasonCode.ProtocolError)] // Receive Maximum 0
    [InlineData("2008000005" + "2700000000", MqttReasonCode.ProtocolError)] // Maximum Packet Size 0
    [InlineData("2005000002" + "2402", MqttReasonCode.ProtocolError)] // Maximum QoS 2
    [InlineData("D000", MqttReasonCode.ProtocolError)] // [MQTT-3.2.0-1] something else first
    [InlineData("F000", MqttReasonCode.ProtocolError)] // AUTH without a method
    public void A_connack_against_the_rules_ends_with_disconnect(string hex, MqttReasonCode reason)
    {
        var script = new Script();
        script.Engine.HandleConnected(script.Now);
        script.Sent();
        script.Receive(hex);

        var sent = Assert.Single(script.Sent());
        Assert.Equal((PacketType.Disconnect, (byte)reason), (sent.Type, sent.Body[0]));
        script.AssertEnded(ConnectionEnd.ServerFault, reason);
    }

    [Fact]
    public void A_second_connack_is_refused()
    {
        var script = new Script().Accepted();
        script.Receive("2003000000");
        script.AssertEnded(ConnectionEnd.ServerFault, MqttReasonCode.ProtocolError);
    }

    [Fact]
    public void A_connack_in_single_bytes_is_accepted_and_one_that_never_ends_is_not()
    {
        var script = new Script();
        script.Engine.HandleConnected(script.Now);
        foreach (var value in Codec.Write(new ConnackPacket { ReasonString = "hello" }.TryWrite))
        {
            script.Receive(value);
        }

        Assert.True(script.Engine.IsConnected);

        var silent = new Script();
        silent.Engine.HandleConnected(silent.Now);
        silent.Receive(0x20);
        silent.Advance(9.9);
        Assert.Empty(silent.Events());
        silent.Advance(0.2);
        silent.AssertEnded(ConnectionEnd.ConnackTimeout);
    }

    [Fact]
    public void An_assigned_client_identifier_is_taken_only_if_we_sent_none()
    {
        var connack = new ConnackPacket { AssignedClientIdentifier = "given" };
        Assert.Equal("given", new Script(clientId: "").Accepted(connack).Engine.ClientId);
        Assert.Equal("gateway-1", new Script().Accepted(connack).Engine.ClientId);
    }

    [Theory]
    [InlineData(MqttReasonCode.SessionTakenOver)]
    [InlineData(MqttReasonCode.ServerShuttingDown)]
    [InlineData(MqttReasonCode.ServerMoved)]
    public void A_disconnect_of_the_server_is_honoured(MqttReasonCode reason)
    {
        var script = new Script().Accepted();
        script.Publish(5);
        script.Sent();
        // With a Server Reference, which is not followed.
        script.Receive([0xE0, 0x07, (byte)reason, 0x05, 0x1C, 0x00, 0x02, (byte)'x', (byte)'y']);

        Assert.Empty(script.Sent());
        var events = script.Events();
        Assert.Equal([MqttEventKind.PublishLost, MqttEventKind.ConnectionClosed], events.Select(what => what.Kind));
        Assert.Equal((ConnectionEnd.ServerDisconnect, reason), (events[1].End, events[1].Reason));
        Assert.Equal(PublishOutcome.NotConnected, script.Publish(6));
    }

    [Fact]
    public void One_engine_serves_one_connection_after_another()
    {
        var script = new Script().Accepted();
        for (var round = 0; round < 3; round++)
        {
            script.Publish(1);
            script.Receive(0x40, 0x02, 0x00); // half a PUBACK
            script.Engine.HandleDisconnected(script.Now);
            Assert.Equal([MqttEventKind.PublishLost, MqttEventKind.ConnectionClosed], script.Events().Select(what => what.Kind));
            script.Engine.HandleDisconnected(script.Now);
            Assert.Empty(script.Events());
            script.Accepted();
        }

        script.Engine.Disconnect(script.Now, MqttReasonCode.Success);
        Assert.Equal("E000", $"{(int)script.Sent()[^1].Type << 4:X2}00");
        script.AssertEnded(ConnectionEnd.LocalDisconnect);
    }

    [Theory]
    [InlineData(MqttVersion.Mqtt5)]
    [InlineData(MqttVersion.Mqtt311)]
    public void A_user_name_goes_with_the_connect_and_no_password(MqttVersion version)
    {
        var name = "example.azure-devices.net/gateway-1/?api-version=2021-04-12" + new string('x', 900);
        var script = new Script(version: version);
        script.Engine.HandleConnected(script.Now, name);
        var connect = Assert.Single(script.Sent());
        Assert.EndsWith(name, System.Text.Encoding.UTF8.GetString(connect.Body), StringComparison.Ordinal);
        Assert.Equal(0x80, connect.Body[7] & 0xC0);
        Assert.Throws<ArgumentException>(() => new Script().Engine.HandleConnected(script.Now, "a\0b"));
    }

    [Fact]
    public void Of_the_servers_own_topics_only_those_allowed_are_used()
    {
        var script = new Script(serverTopics: "$iothub/").Accepted();
        Assert.Equal(PublishOutcome.Accepted, script.Publish(1, Script.Message() with { Topic = "$iothub/methods/res/200/?$rid=1" }));
        Assert.Equal(PublishOutcome.TopicInvalid, script.Publish(2, Script.Message() with { Topic = "$aws/things/x/shadow/update" }));
        Assert.Equal(PublishOutcome.TopicInvalid, script.Publish(3, Script.Message() with { Topic = "$iothub" }));
        Assert.Equal(PublishOutcome.TopicInvalid, script.Publish(4, Script.Message() with { ResponseTopic = "$SYS/x" }));
        Assert.False(script.Engine.CheckFilter("$iothub/methods/POST/#").IsFailure());
        Assert.True(script.Engine.CheckFilter("$SYS/#").IsFailure());
        Assert.True(script.Engine.CheckFilter("$share/g/devices/#").IsFailure());
        Assert.Equal(PublishOutcome.TopicInvalid, new Script().Accepted().Publish(1, Script.Message() with { Topic = "$iothub/x" }));
    }
}
