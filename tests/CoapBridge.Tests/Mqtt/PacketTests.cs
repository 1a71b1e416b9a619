using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

/// <summary>The codec against bytes written by hand from the standard, and against itself.</summary>
public class PacketTests
{
    private static readonly ApplicationMessage Full = new()
    {
        Topic = "devices/device-1/t",
        Payload = "21.5"u8.ToArray(),
        QualityOfService = QualityOfService.AtLeastOnce,
        Retain = true,
        MessageExpiryInterval = 60,
        ContentType = "text/plain",
        PayloadIsUtf8 = true,
        ResponseTopic = "gateways/gateway-1/r/1",
        CorrelationData = new byte[] { 1, 2, 3 },
        UserProperties = [new("device", "device-1"), new("device", "again"), new("path", "/t/A\uD869\uDED4")],
    };

    [Fact]
    public void Connect_is_as_in_figure_3_6()
    {
        // Flags 0xCE: user name, password, will with QoS 1, clean start; keep alive 10 s; session expiry 10 s.
        var connect = new ConnectPacket
        {
            ClientIdentifier = "c", KeepAlive = 10, SessionExpiryInterval = 10, UserName = "u", Password = new byte[] { 9 },
            Will = new ApplicationMessage { Topic = "w", QualityOfService = QualityOfService.AtLeastOnce },
        };

        const string Header = "00044D51545405CE000A" + "05110000000A";
        const string Payload = "000163" + "00" + "000177" + "0000" + "000175" + "000109";
        Assert.Equal("1021" + Header + Payload, Convert.ToHexString(Codec.Write(connect.TryWrite)));
    }

    [Fact]
    public void Connect_round_trips_with_everything()
    {
        var connect = new ConnectPacket
        {
            ClientIdentifier = "gateway-1", CleanStart = false, KeepAlive = 60, SessionExpiryInterval = 7, ReceiveMaximum = 3,
            MaximumPacketSize = 4096, RequestProblemInformation = false, AuthenticationMethod = "m", UserName = "u", WillDelayInterval = 4,
        };
        Assert.True(ConnectPacket.TryParse(Codec.Frame(Codec.Write(connect.TryWrite)).Body, out var read, out _));
        Assert.Equal(connect with { WillDelayInterval = 0 }, read);

        var willed = connect with { Will = Full };
        Assert.True(ConnectPacket.TryParse(Codec.Frame(Codec.Write(willed.TryWrite)).Body, out read, out _));
        Assert.Equal(4u, read.WillDelayInterval);
        AssertSame(Full, read.Will!);
    }

    [Fact]
    public void Connack_round_trips_with_everything()
    {
        var connack = new ConnackPacket
        {
            SessionPresent = true, SessionExpiryInterval = 1, ReceiveMaximum = 2, MaximumQoS = QualityOfService.AtLeastOnce,
            RetainAvailable = false, MaximumPacketSize = 100, AssignedClientIdentifier = "a", TopicAliasMaximum = 1, ReasonString = "r",
            WildcardSubscriptionAvailable = false, SubscriptionIdentifierAvailable = false, SharedSubscriptionAvailable = false, ServerKeepAlive = 5,
        };
        Assert.True(ConnackPacket.TryParse(Codec.Frame(Codec.Write(connack.TryWrite)).Body, out var read, out _));
        Assert.Equal(connack, read);
        Assert.Equal("2003000000", Convert.ToHexString(Codec.Write(new ConnackPacket().TryWrite)));
    }

    [Fact]
    public void Publish_is_as_in_figure_3_9()
    {
        var message = new ApplicationMessage { Topic = "a/b", QualityOfService = QualityOfService.AtLeastOnce };
        Assert.Equal("3208" + "0003612F62" + "000A" + "00", Convert.ToHexString(Codec.Publish(message, 10)));
        Assert.Equal("3A08" + "0003612F62" + "000A" + "00", Convert.ToHexString(Codec.Publish(message, 10, duplicate: true)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)] // the property block crosses 127 bytes
    [InlineData(20_000)] // and 16,383
    public void Publish_round_trips_with_everything_and_has_the_measured_size(int extra)
    {
        var message = Full with { UserProperties = [.. Full.UserProperties, new("extra", new string('x', extra))] };
        var bytes = Codec.Publish(message, 77);
        Assert.Equal(PublishPacket.Measure(message), bytes.Length);

        var (_, flags, body) = Codec.Frame(bytes);
        Assert.True(PublishPacket.TryParse(flags, body, out var read, out _));
        Assert.Equal(77, read.PacketIdentifier);
        AssertSame(message, read.ToMessage());
    }

    [Fact]
    public void Text_has_the_bytes_of_figure_1_2()
    {
        // "A" and U+2A6D4, MQTT 5 §1.5.4, Figure 1-2.
        var bytes = Codec.Publish(new ApplicationMessage { Topic = "A\uD869\uDED4" });
        Assert.Equal("3008" + "000541F0AA9B94" + "00", Convert.ToHexString(bytes));
    }

    [Fact]
    public void Subscribe_and_unsubscribe_are_as_in_their_figures()
    {
        // MQTT 5 §3.8.3 and §3.10.3: "a/b" with QoS 1, "c/d" with QoS 2.
        var subscribe = Codec.Write(new SubscribePacket(10, [new("a/b", 1), new("c/d", 2)]).TryWrite);
        Assert.Equal("820F" + "000A00" + "0003612F6201" + "0003632F6402", Convert.ToHexString(subscribe));
        Assert.True(SubscribePacket.TryParse(Codec.Frame(subscribe).Body, out var read, out _));
        Assert.Equal([new Subscription("a/b", 1), new Subscription("c/d", 2)], read.Subscriptions);

        var unsubscribe = Codec.Write(new UnsubscribePacket(10, ["a/b", "c/d"]).TryWrite);
        Assert.Equal("A20D" + "000A00" + "0003612F62" + "0003632F64", Convert.ToHexString(unsubscribe));
        Assert.True(UnsubscribePacket.TryParse(Codec.Frame(unsubscribe).Body, out var readFilters, out _));
        Assert.Equal(["a/b", "c/d"], readFilters.TopicFilters);
    }

    [Theory]
    [InlineData("40020001", 1, 0x00)] // the reason code may be left out
    [InlineData("4003000110", 1, 0x10)]
    [InlineData("400400FF9700", 255, 0x97)]
    [InlineData("40080001FF041F000161", 1, 0xFF)]
    public void Puback_may_leave_out_its_end(string hex, int identifier, int reason)
    {
        Assert.True(AcknowledgementPacket.TryParse(Codec.Frame(Convert.FromHexString(hex)).Body, out var puback, out _));
        Assert.Equal((identifier, reason), (puback.PacketIdentifier, (int)puback.ReasonCode));
    }

    [Fact]
    public void Every_strict_prefix_fails_and_a_trailing_byte_fails()
    {
        var connack = new ConnackPacket { ServerKeepAlive = 5, ReasonString = "why", MaximumPacketSize = 9 };
        var willed = new ConnectPacket { ClientIdentifier = "c", Will = Full, UserName = "u", Password = new byte[] { 1 }, MaximumPacketSize = 5 };
        AssertWhole(Codec.Write(willed.TryWrite), trailing: true);
        AssertWhole(Codec.Write(connack.TryWrite), trailing: true);
        AssertWhole(Codec.Write(new SubscribePacket(1, [new("a/b", 1)]).TryWrite), trailing: true);
        AssertWhole(Codec.Write(new UnsubscribePacket(1, ["a/b"]).TryWrite), trailing: true);

        // These end where their sender likes; a prefix may be whole if it ends after a field that may be the last.
        AssertWhole(Codec.Acknowledge(PacketType.Puback, 1, MqttReasonCode.QuotaExceeded, "why"), trailing: true, 2, 3);
        AssertWhole(Codec.Write(new DisconnectPacket(MqttReasonCode.ServerBusy, "why").TryWrite), trailing: true, 0, 1);
        AssertWhole([0xF0, 0x06, 0x18, 0x04, 0x15, 0x00, 0x01, (byte)'m'], trailing: true, 0);
        AssertWhole([0xC0, 0x00], trailing: true);

        // A payload or a list of codes goes to the end of the packet, whatever it is.
        AssertWhole(Codec.Publish(Full with { Payload = default }, 1), trailing: false);
        AssertWhole(Codec.Write((Span<byte> span, out int length) => new SubackPacket(1, [MqttReasonCode.Success]).TryWrite(span, PacketType.Suback, out length)), trailing: false);
    }

    private static void AssertWhole(byte[] packet, bool trailing, params int[] wholeLengths)
    {
        var (type, flags, body) = Codec.Frame(packet);
        Assert.True(Codec.TryParse(type, flags, body, out _), type.ToString());
        for (var length = 0; length < body.Length; length++)
        {
            Assert.Equal(wholeLengths.Contains(length), Codec.TryParse(type, flags, body.AsSpan(0, length), out _));
        }

        Assert.Equal(!trailing, Codec.TryParse(type, flags, [.. body, 0], out _));
    }

    private static void AssertSame(ApplicationMessage expected, ApplicationMessage actual)
    {
        Assert.Equal(expected.Payload.ToArray(), actual.Payload.ToArray());
        Assert.Equal(expected.CorrelationData?.ToArray(), actual.CorrelationData?.ToArray());
        Assert.Equal(expected.UserProperties, actual.UserProperties);
        Assert.Equal(
            expected with { Payload = default, CorrelationData = null, UserProperties = [] },
            actual with { Payload = default, CorrelationData = null, UserProperties = [] });
    }
}
