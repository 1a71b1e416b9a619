using CoapBridge.Gateway;
using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;
using CoapBridge.Relay;
using CoapBridge.Tests.Mqtt;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

public class BrokerLinkTests
{
    private readonly BrokerLink _link = new(new MqttClientOptions("gateway-1", TimeSpan.FromSeconds(60)), new SeededEntropy(1));
    private Instant _now = new(98_765_432_109_876);

    [Fact]
    public void A_connection_is_wanted_at_once_and_asked_for_once()
    {
        Assert.True(_link.WantsConnection);
        Assert.True(_link.TryTakeConnect());
        Assert.False(_link.TryTakeConnect());
        Assert.Null(_link.NextDeadline);
        Assert.False(_link.TryTakeStatus(out _));
    }

    [Fact]
    public void After_a_failure_the_next_attempt_is_told_and_due_then()
    {
        _link.TryTakeConnect();
        _link.HandleConnectFailed(_now, ReconnectCause.Unreachable);
        var status = LastStatus();
        Assert.Equal(UpstreamState.Away, status.State);
        Assert.InRange((status.NextAttempt!.Value - _now).TotalSeconds, 0.5, 1);
        Assert.Equal(status.NextAttempt, _link.NextDeadline);

        _link.HandleTimeout(status.NextAttempt.Value - TimeSpan.FromTicks(1));
        Assert.False(_link.TryTakeConnect());
        _link.HandleTimeout(status.NextAttempt.Value);
        Assert.True(_link.TryTakeConnect());
        Assert.Equal(new UpstreamStatus(UpstreamState.Away), LastStatus());
    }

    [Fact]
    public void A_refusal_by_tls_is_told_as_one_also_when_it_comes_after_the_handshake()
    {
        _link.TryTakeConnect();
        _link.HandleConnectFailed(_now, ReconnectCause.Refused);
        Assert.False(LastStatus().PassesByItself);

        _link.HandleTimeout(_now += TimeSpan.FromMinutes(1));
        _link.TryTakeConnect();
        _link.HandleConnected(_now);
        _link.HandleDisconnected(_now, ReconnectCause.Refused);
        Assert.False(LastStatus().PassesByItself);
        Assert.NotNull(_link.NextDeadline);
    }

    [Fact]
    public void While_a_refusal_stands_an_attempt_does_not_soften_it()
    {
        Connect(MqttReasonCode.NotAuthorized);
        Assert.True(_link.MustClose);
        _link.HandleDisconnected(_now);
        var status = LastStatus();
        Assert.Equal((UpstreamState.Refused, MqttReasonCode.NotAuthorized), (status.State, status.Reason));

        _link.HandleTimeout(status.NextAttempt!.Value);
        Assert.True(_link.TryTakeConnect());
        Assert.Equal(status with { NextAttempt = null }, LastStatus());
    }

    [Fact]
    public void Equal_tickets_of_two_shards_get_their_own_receipts()
    {
        Connect();
        _link.HandlePublish(_now, new Publish(0, 7, Message("first")));
        _link.HandlePublish(_now, new Publish(5, 7, Message("second")));
        Sent();
        Receive(Codec.Acknowledge(PacketType.Puback, 2, MqttReasonCode.QuotaExceeded));
        Receive(Codec.Acknowledge(PacketType.Puback, 1));

        Assert.Equal(
            [
                (5, new Receipt(7, ReceiptOutcome.Acknowledged, MqttReasonCode.QuotaExceeded)),
                (0, new Receipt(7, ReceiptOutcome.Acknowledged)),
            ],
            Receipts());
        Assert.Equal(0, _link.OutstandingCount);
    }

    [Fact]
    public void Each_publish_without_a_connection_gets_its_receipt_at_once()
    {
        _link.HandlePublish(_now, new Publish(1, 1, Message("x")));
        Assert.Equal([(1, new Receipt(1, ReceiptOutcome.NotConnected))], Receipts());
    }

    [Fact]
    public void What_mqtt_cannot_carry_or_the_broker_does_not_take_is_told()
    {
        Connect(connack: new ConnackPacket { MaximumQoS = QualityOfService.AtMostOnce, MaximumPacketSize = 200 });
        _link.HandlePublish(_now, new Publish(0, 1, Message("x")));
        _link.HandlePublish(_now, new Publish(0, 2, Message("x") with { QualityOfService = 0, Payload = new byte[300] }));
        _link.HandlePublish(_now, new Publish(0, 3, Message("a/#") with { QualityOfService = 0 }));
        Assert.Equal(
            [ReceiptOutcome.NotOffered, ReceiptOutcome.TooLarge, ReceiptOutcome.NotValid],
            Receipts().Select(receipt => receipt.Receipt.Outcome));
    }

    [Fact]
    public void A_lost_connection_ends_every_publish_and_the_status_is_there_before_the_receipts_are_read()
    {
        Connect();
        _link.HandlePublish(_now, new Publish(2, 9, Message("x")));
        _link.HandleDisconnected(_now);

        Assert.Equal(UpstreamState.Away, LastStatus().State);
        Assert.Equal([(2, new Receipt(9, ReceiptOutcome.ConnectionLost))], Receipts());
        _link.HandleDisconnected(_now);
        Assert.Empty(Receipts());
    }

    [Fact]
    public void A_move_to_another_broker_waits_for_pubacks_and_devices_do_not_hear_of_it()
    {
        Connect();
        LastStatus();
        _link.HandlePublish(_now, new Publish(0, 1, Message("x")));
        Sent();
        _link.BeginMove(_now);
        Assert.True(_link.IsRenewing);
        Assert.False(_link.MustClose);
        Receive(Codec.Acknowledge(PacketType.Puback, 1));
        Assert.True(_link.MustClose);
        Assert.Equal([PacketType.Disconnect], Sent());
        _link.HandleDisconnected(_now);
        _link.HandleTimeout(_now);
        Connect();
        Assert.False(_link.TryTakeStatus(out _));
        Assert.False(_link.IsRenewing);
    }

    [Fact]
    public void A_connection_that_breaks_has_no_reason_code()
    {
        Connect();
        _link.HandleDisconnected(_now);
        BrokerEvent? last = null;
        while (_link.TryTakeEvent(out var what))
        {
            last = what;
        }

        Assert.Null(Assert.IsType<BrokerEvent.Closed>(last).Reason);
    }

    [Fact]
    public void Quality_0_is_handed_over_when_its_bytes_are_taken()
    {
        Connect();
        _link.HandlePublish(_now, new Publish(0, 1, Message("x") with { QualityOfService = 0 }));
        Assert.Empty(Receipts());
        Sent();
        Assert.Equal([(0, new Receipt(1, ReceiptOutcome.HandedOver))], Receipts());
    }

    [Fact]
    public void A_missing_puback_costs_the_connection_only_when_nothing_else_is_in_flight()
    {
        Connect();
        _link.HandlePublish(_now, new Publish(0, 1, Message("x")));
        _now += BrokerLink.StallTimeout - TimeSpan.FromSeconds(1);
        for (var ticket = 2ul; ticket <= 4; ticket++)
        {
            _link.HandlePublish(_now, new Publish(0, ticket, Message("x")));
        }

        Sent();
        Pass(TimeSpan.FromSeconds(50));
        Assert.False(_link.MustClose);
        for (ushort identifier = 2; identifier <= 4; identifier++)
        {
            Receive(Codec.Acknowledge(PacketType.Puback, identifier));
        }

        Pass(TimeSpan.FromSeconds(11));
        Assert.True(_link.MustClose);
        Assert.Equal(PacketType.Disconnect, Sent()[^1]);
        Assert.Equal([ReceiptOutcome.Acknowledged, ReceiptOutcome.Acknowledged, ReceiptOutcome.Acknowledged, ReceiptOutcome.ConnectionLost],
            Receipts().Select(receipt => receipt.Receipt.Outcome));
        Assert.Null(_link.NextDeadline);
    }

    [Fact]
    public void A_drain_waits_for_the_puback_and_says_disconnect()
    {
        Connect();
        _link.HandlePublish(_now, new Publish(0, 1, Message("x")));
        Sent();
        _link.BeginDrain(_now, TimeSpan.FromSeconds(5));
        Assert.False(_link.MustClose);
        Receive(Codec.Acknowledge(PacketType.Puback, 1));

        Assert.True(_link.MustClose);
        Assert.Equal([PacketType.Disconnect], Sent());
        Assert.False(_link.IsDrained);
        _link.HandleDisconnected(_now);
        Assert.True(_link.IsDrained);
        Assert.False(_link.WantsConnection);
        Assert.Null(_link.NextDeadline);
        Assert.Equal(ReceiptOutcome.Acknowledged, Assert.Single(Receipts()).Receipt.Outcome);
    }

    [Fact]
    public void A_transport_that_comes_during_a_drain_is_closed_without_a_byte()
    {
        _link.TryTakeConnect();
        _link.BeginDrain(_now, TimeSpan.FromSeconds(5));
        Assert.True(_link.IsDrained);
        _link.HandleConnected(_now);
        Assert.True(_link.MustClose);
        Assert.Empty(Sent());
        _link.HandleDisconnected(_now);
        Assert.True(_link.IsDrained);
        Assert.Null(_link.NextDeadline);
    }

    [Fact]
    public void A_drain_that_meets_a_lost_connection_is_over()
    {
        Connect();
        _link.HandlePublish(_now, new Publish(0, 1, Message("x")));
        _link.BeginDrain(_now, TimeSpan.FromSeconds(5));
        _link.HandleDisconnected(_now);
        Assert.True(_link.IsDrained);
        Assert.Equal(ReceiptOutcome.ConnectionLost, Assert.Single(Receipts()).Receipt.Outcome);
    }

    [Theory]
    [InlineData(MqttReasonCode.ServerShuttingDown, 0.5, 1, UpstreamState.Away)]
    [InlineData(MqttReasonCode.NotAuthorized, 0.5, 1, UpstreamState.Refused)]
    [InlineData(MqttReasonCode.SessionTakenOver, 0.5, 1, UpstreamState.Away)]
    public void The_brokers_disconnect_is_heard(MqttReasonCode reason, double least, double most, UpstreamState state)
    {
        Connect();
        Receive(Codec.Write(new DisconnectPacket(reason).TryWrite));
        Assert.True(_link.MustClose);
        _link.HandleDisconnected(_now);
        var status = LastStatus();
        Assert.Equal(state, status.State);
        Assert.InRange((status.NextAttempt!.Value - _now).TotalSeconds, least, most);
    }

    /// <summary>Time passes, and the broker answers pings.</summary>
    private void Pass(TimeSpan time)
    {
        for (var end = _now + time; _now < end && !_link.MustClose;)
        {
            _link.HandleTimeout(_now += TimeSpan.FromSeconds(1));
            Receive([0xD0, 0x00]);
        }
    }

    [Fact]
    public void The_status_is_online_while_connected_and_the_will_says_offline()
    {
        var link = new BrokerLink(GatewayStatus.WithStatus(new MqttClientOptions("gateway-1", TimeSpan.Zero), "gateways/gateway-1"), new SeededEntropy(1));
        link.TryTakeConnect();
        link.HandleConnected(_now);
        var connect = Assert.Single(Packets(link));
        Assert.True(ConnectPacket.TryParse(connect.Body, out var read, out _));
        Assert.Equal(("gateways/gateway-1/status", "offline", true), (read.Will!.Topic, System.Text.Encoding.UTF8.GetString(read.Will.Payload.Span), read.Will.Retain));

        link.HandleReceived(_now, Codec.Write(new ConnackPacket().TryWrite));
        var publish = Assert.Single(Packets(link));
        Assert.True(PublishPacket.TryParse(publish.Flags, publish.Body, out var online, out _));
        Assert.Equal(("gateways/gateway-1/status", "online"), (online.ToMessage().Topic, System.Text.Encoding.UTF8.GetString(online.Payload)));
        Assert.True(online.Retain);

        link.HandleReceived(_now, Codec.Acknowledge(PacketType.Puback, 1));
        Assert.False(link.TryTakeReceipt(out _, out _));
        link.BeginDrain(_now, TimeSpan.FromSeconds(1));
        var disconnect = Assert.Single(Packets(link));
        Assert.Equal((PacketType.Disconnect, 0x04), (disconnect.Type, disconnect.Body[0])); // the broker publishes the will
    }

    private static ApplicationMessage Message(string topic) =>
        new() { Topic = topic, Payload = "21.5"u8.ToArray(), QualityOfService = QualityOfService.AtLeastOnce };

    private void Connect(MqttReasonCode reason = MqttReasonCode.Success, ConnackPacket? connack = null)
    {
        Assert.True(_link.TryTakeConnect());
        _link.HandleConnected(_now);
        Assert.Equal([PacketType.Connect], Sent());
        Receive(Codec.Write((connack ?? new ConnackPacket { ReasonCode = reason }).TryWrite));
    }

    private void Receive(byte[] bytes) => _link.HandleReceived(_now, bytes);

    private List<PacketType> Sent() => [.. Packets(_link).Select(packet => packet.Type)];

    private List<(PacketType Type, byte Flags, byte[] Body)> Packets(BrokerLink link)
    {
        var bytes = new List<byte>();
        var buffer = new byte[100];
        while (link.TryTakeTransmit(_now, buffer, out var length))
        {
            bytes.AddRange(buffer[..length]);
        }

        var packets = new List<(PacketType, byte, byte[])>();
        ReadOnlySpan<byte> stream = bytes.ToArray();
        var framer = new PacketFramer(1 << 20);
        while (framer.TryTake(ref stream, out var packet, out _) == FramingResult.Packet)
        {
            packets.Add((packet.Type, packet.Flags, packet.Body.ToArray()));
        }

        return packets;
    }

    private UpstreamStatus LastStatus()
    {
        UpstreamStatus last = default;
        while (_link.TryTakeStatus(out var status))
        {
            last = status;
        }

        return last;
    }

    private List<(int Shard, Receipt Receipt)> Receipts()
    {
        var receipts = new List<(int, Receipt)>();
        while (_link.TryTakeReceipt(out var shard, out var receipt))
        {
            receipts.Add((shard, receipt));
        }

        return receipts;
    }
}
