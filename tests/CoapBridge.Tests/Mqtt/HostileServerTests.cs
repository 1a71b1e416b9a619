using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

/// <summary>L13 and the inbound rules of REQUIREMENTS 12.17 to 12.20.</summary>
public class HostileServerTests
{
    [Theory]
    [InlineData("00", MqttReasonCode.MalformedPacket)] // type 0
    [InlineData("4202", MqttReasonCode.MalformedPacket)] // reserved flags
    [InlineData("30FFFFFFFF7F", MqttReasonCode.MalformedPacket)] // remaining length of 5 bytes
    [InlineData("30FFFFFF7F", MqttReasonCode.PacketTooLarge)] // 256 MiB
    [InlineData("3605000161000100", MqttReasonCode.MalformedPacket)] // [MQTT-3.3.1-4] QoS 3
    [InlineData("3804000161" + "00", MqttReasonCode.ProtocolError)] // [MQTT-3.3.1-2] DUP with QoS 0
    [InlineData("30040001FF00", MqttReasonCode.MalformedPacket)] // ill-formed topic
    [InlineData("3006" + "0003EDA080" + "00", MqttReasonCode.MalformedPacket)] // [MQTT-1.5.4-1] a surrogate
    [InlineData("3004" + "000100" + "00", MqttReasonCode.MalformedPacket)] // [MQTT-1.5.4-2] U+0000
    [InlineData("3004" + "00012B" + "00", MqttReasonCode.TopicNameInvalid)] // [MQTT-3.3.2-2] "+"
    [InlineData("3003" + "0000" + "00", MqttReasonCode.ProtocolError)] // no topic, no alias
    [InlineData("3007" + "000161" + "03" + "230000", MqttReasonCode.TopicAliasInvalid)] // alias 0
    [InlineData("3007" + "000161" + "03" + "230021", MqttReasonCode.TopicAliasInvalid)] // alias above our 32
    [InlineData("3006" + "0000" + "03" + "230001", MqttReasonCode.ProtocolError)] // alias that was not defined
    [InlineData("3006" + "000161" + "02" + "0B00", MqttReasonCode.ProtocolError)] // Subscription Identifier 0
    [InlineData("3206" + "000161" + "0000" + "00", MqttReasonCode.ProtocolError)] // [MQTT-2.2.1-3] identifier 0
    [InlineData("3005" + "000161" + "7F01", MqttReasonCode.MalformedPacket)] // properties longer than the packet
    [InlineData("3008" + "000161" + "04" + "01000100", MqttReasonCode.ProtocolError)] // repeated property
    [InlineData("3006" + "000161" + "02" + "7E00", MqttReasonCode.MalformedPacket)] // unknown property
    [InlineData("3007" + "000161" + "03" + "210001", MqttReasonCode.MalformedPacket)] // Receive Maximum in a PUBLISH
    [InlineData("3006" + "000161" + "02" + "0102", MqttReasonCode.ProtocolError)] // Payload Format Indicator 2
    [InlineData("9003000100", MqttReasonCode.ProtocolError)] // SUBACK without codes
    [InlineData("900400010000", MqttReasonCode.ProtocolError)] // SUBACK for nothing
    [InlineData("B00400010000", MqttReasonCode.ProtocolError)] // UNSUBACK for nothing
    [InlineData("50020001", MqttReasonCode.ProtocolError)] // PUBREC: the wrong acknowledgement for QoS 1
    [InlineData("70020001", MqttReasonCode.ProtocolError)] // PUBCOMP for QoS 1
    [InlineData("400100", MqttReasonCode.MalformedPacket)] // short PUBACK
    [InlineData("40020000", MqttReasonCode.ProtocolError)] // PUBACK for identifier 0
    [InlineData("C000", MqttReasonCode.ProtocolError)] // PINGREQ
    [InlineData("D00100", MqttReasonCode.MalformedPacket)] // PINGRESP with a body
    [InlineData("F000", MqttReasonCode.ProtocolError)] // AUTH
    [InlineData("1000", MqttReasonCode.ProtocolError)] // CONNECT
    public void Malformed_or_forbidden_packets_end_with_disconnect_and_a_reason(string hex, MqttReasonCode reason)
    {
        var script = new Script().Accepted();
        script.Publish(9);
        script.Sent();
        script.Receive(hex);

        var sent = Assert.Single(script.Sent());
        Assert.Equal((PacketType.Disconnect, (byte)reason), (sent.Type, sent.Body[0]));
        var events = script.Events();
        Assert.Equal(new MqttEvent(MqttEventKind.PublishLost, 9), events[0]);
        Assert.Equal((ConnectionEnd.ServerFault, reason), (events[1].End, events[1].Reason));
        Assert.Equal(2, events.Count);
        script.Receive(hex);
        script.Engine.HandleTimeout(script.Now);
        Assert.Empty(script.Events());
        Assert.Empty(script.Sent());
        script.Engine.HandleDisconnected(script.Now);
        script.Accepted();
    }

    [Fact] // L14
    public void More_than_our_receive_maximum_without_waiting_is_refused()
    {
        var script = new Script().Accepted();
        for (ushort identifier = 1; identifier <= 1_000; identifier++)
        {
            script.Receive(Codec.Publish(Script.Message(), identifier));
            script.Engine.Acknowledge(script.Now, Assert.Single(script.Events()).Ticket);
            script.Sent(); // a driver that keeps up
        }

        Assert.True(script.Engine.IsConnected);
        for (ushort identifier = 1; identifier <= MqttLimits.InboundReceiveMaximum; identifier++)
        {
            script.Receive(Codec.Publish(Script.Message(), identifier));
        }

        // Answers that were not taken cannot have been heard.
        script.Events().ForEach(what => script.Engine.Acknowledge(script.Now, what.Ticket));
        Assert.True(script.Engine.IsConnected);
        script.Receive(Codec.Publish(Script.Message(), 999));
        script.AssertEnded(ConnectionEnd.ServerFault, MqttReasonCode.ReceiveMaximumExceeded);
    }

    [Fact]
    public void Two_hundred_thousand_mutated_packets_make_no_exception()
    {
        const int Seed = 20260101;
        var random = new Random(Seed);
        byte[][] seeds =
        [
            Codec.Write(new ConnackPacket { ServerKeepAlive = 5, ReasonString = "why", AssignedClientIdentifier = "a" }.TryWrite),
            Codec.Publish(Script.Message() with { UserProperties = [new("a", "b")], ContentType = "c", MessageExpiryInterval = 1 }, 1),
            Codec.Publish(Script.Message(QualityOfService.ExactlyOnce) with { ResponseTopic = "r", CorrelationData = new byte[3] }, 2),
            Codec.Acknowledge(PacketType.Puback, 1, MqttReasonCode.QuotaExceeded, "why"),
            Codec.Acknowledge(PacketType.Pubrel, 1),
            Codec.Acknowledge(PacketType.Pubrec, 2),
            Codec.Acknowledge(PacketType.Pubcomp, 2),
            Codec.Write((Span<byte> span, out int length) => new SubackPacket(3, [MqttReasonCode.Success]).TryWrite(span, PacketType.Suback, out length)),
            Codec.Write(new DisconnectPacket(MqttReasonCode.ServerBusy, "why").TryWrite),
            Codec.Write(new SubscribePacket(1, [new("a/b", 1)]).TryWrite),
            Codec.Write(new ConnectPacket { ClientIdentifier = "c", Will = Script.Message() }.TryWrite),
            [0xD0, 0x00],
        ];
        var buffer = new byte[4096];
        var ended = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var packet = (byte[])seeds[random.Next(seeds.Length)].Clone();
            for (var change = random.Next(4); change > 0; change--)
            {
                packet[random.Next(packet.Length)] = (byte)random.Next(256);
            }

            try
            {
                ended += RunOne(packet, random, buffer) ? 1 : 0;
                Codec.TryParse((PacketType)(packet[0] >> 4), (byte)(packet[0] & 0xF), packet.AsSpan(Math.Min(2, packet.Length)), out _);
            }
            catch (Exception failed)
            {
                Assert.Fail($"seed {Seed} round {round} packet {Convert.ToHexString(packet)}: {failed}");
            }
        }

        Assert.InRange(ended, 20_000, 199_999);
    }

    private static readonly MqttClientEngine Engine = new(new MqttClientOptions("fuzz", TimeSpan.FromSeconds(9)) { SessionExpiry = TimeSpan.FromSeconds(99) });

    private static bool RunOne(byte[] packet, Random random, byte[] buffer)
    {
        var now = new CoapBridge.Wire.Instant(random.NextInt64(1L << 40));
        Engine.HandleConnected(now);
        if (random.Next(10) > 0)
        {
            Engine.HandleReceived(now, [0x20, 0x03, (byte)random.Next(2), 0x00, 0x00]);
            if (!Engine.IsConnected)
            {
                Engine.HandleConnected(now); // there was no session to be present
                Engine.HandleReceived(now, [0x20, 0x03, 0x00, 0x00, 0x00]);
                while (Engine.TryTakeEvent(out _))
                {
                }
            }

            Engine.Publish(now, 1, Script.Message());
            Engine.Publish(now, 2, Script.Message(QualityOfService.ExactlyOnce));
            Engine.Subscribe(now, 3, [new("a/b", QualityOfService.AtLeastOnce, true)], 1);
        }

        var cut = random.Next(packet.Length + 1);
        Engine.HandleReceived(now, packet.AsSpan(0, cut));
        Engine.HandleTimeout(now + TimeSpan.FromSeconds(random.Next(20)));
        Engine.HandleReceived(now, packet.AsSpan(cut));
        while (Engine.TryTakeTransmit(buffer, out _))
        {
        }

        var mustClose = Engine.MustClose;
        Engine.HandleDisconnected(now);
        var ends = 0;
        while (Engine.TryTakeEvent(out var what))
        {
            if (what.Kind == MqttEventKind.MessageReceived)
            {
                Engine.Acknowledge(now, what.Ticket);
            }

            ends += what.Kind is MqttEventKind.ConnectionClosed or MqttEventKind.ConnectionRefused ? 1 : 0;
        }

        Assert.Equal(1, ends);
        return mustClose;
    }
}
