using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

public class PublishTests
{
    [Theory] // L10
    [InlineData(0x00)]
    [InlineData(0x10)]
    [InlineData(0x80)]
    [InlineData(0x83)]
    [InlineData(0x87)]
    [InlineData(0x90)]
    [InlineData(0x91)]
    [InlineData(0x97)]
    [InlineData(0x99)]
    [InlineData(0xFF)]
    public void Each_puback_brings_its_code_back_to_its_ticket(byte code)
    {
        var script = new Script().Accepted();
        script.Publish(42);
        var identifier = Assert.Single(script.SentIdentifiers());
        Assert.NotEqual(0, identifier);
        script.Receive(Codec.Acknowledge(PacketType.Puback, identifier, (MqttReasonCode)code, "why"));

        Assert.Equal(new MqttEvent(MqttEventKind.PublishAcknowledged, 42, (MqttReasonCode)code), Assert.Single(script.Events()));
        Assert.Equal(code >= 0x80, ((MqttReasonCode)code).IsFailure());
    }

    [Fact] // L10
    public void An_unknown_or_repeated_puback_frees_nothing()
    {
        var script = new Script().Accepted(new ConnackPacket { ReceiveMaximum = 2 });
        for (var ticket = 1ul; ticket <= 4; ticket++)
        {
            script.Publish(ticket);
        }

        var sent = script.SentIdentifiers();
        Assert.Equal(2, sent.Count);
        script.Receive(Codec.Acknowledge(PacketType.Puback, 999));
        Assert.Empty(script.Sent());
        script.Receive(Codec.Acknowledge(PacketType.Puback, sent[0]));
        script.Receive(Codec.Acknowledge(PacketType.Puback, sent[0]));

        Assert.Equal(2, script.Engine.InFlightCount);
        Assert.Single(script.SentIdentifiers());
        Assert.Equal(1ul, Assert.Single(script.Events()).Ticket);
        Assert.True(script.Engine.IsConnected);
    }

    [Fact] // L07
    public void The_receive_maximum_is_never_exceeded_and_pings_still_flow()
    {
        var script = new Script(keepAlive: 10).Accepted(new ConnackPacket { ReceiveMaximum = 1 });
        for (var ticket = 1ul; ticket <= 20; ticket++)
        {
            Assert.Equal(PublishOutcome.Accepted, script.Publish(ticket));
        }

        var identifier = Assert.Single(script.SentIdentifiers());
        script.Advance(8);
        Assert.Equal(PacketType.Pingreq, Assert.Single(script.Sent()).Type);
        script.Receive(0xD0, 0x00);
        for (var ticket = 1ul; ticket <= 20; ticket++)
        {
            script.Receive(Codec.Acknowledge(PacketType.Puback, identifier));
            Assert.Equal(ticket, Assert.Single(script.Events()).Ticket);
            identifier = ticket < 20 ? Assert.Single(script.SentIdentifiers()) : (ushort)0;
        }

        Assert.Equal((0, 0), (script.Engine.InFlightCount, script.Engine.WaitingCount));
    }

    [Fact] // L07
    public void The_quota_starts_anew_with_each_connection()
    {
        var script = new Script().Accepted(new ConnackPacket { ReceiveMaximum = 1 });
        script.Publish(1);
        script.Publish(2);
        Assert.Single(script.SentIdentifiers());
        script.Engine.HandleDisconnected(script.Now);
        Assert.Equal(
            [(MqttEventKind.PublishLost, 1ul), (MqttEventKind.PublishNotSent, 2ul), (MqttEventKind.ConnectionClosed, 0ul)],
            script.Events().Select(what => (what.Kind, what.Ticket)));

        script.Accepted();
        for (var ticket = 0ul; ticket < MqttLimits.InFlight + 10; ticket++)
        {
            script.Publish(ticket);
        }

        var identifiers = script.SentIdentifiers();
        Assert.Equal(MqttLimits.InFlight, identifiers.Count);
        Assert.Equal(identifiers.Count, identifiers.Distinct().Count());
    }

    [Fact]
    public void Identifiers_wrap_around_those_in_use()
    {
        var script = new Script().Accepted();
        script.Publish(0);
        var held = Assert.Single(script.SentIdentifiers());
        for (var round = 0; round < 70_000; round++)
        {
            script.Publish(1);
            var identifier = Assert.Single(script.SentIdentifiers());
            Assert.True(identifier != held && identifier != 0);
            script.Receive(Codec.Acknowledge(PacketType.Puback, identifier));
            script.Events();
        }
    }

    [Fact]
    public void The_wait_queue_is_bounded_and_what_is_refused_leaves_no_trace()
    {
        var script = new Script().Accepted(new ConnackPacket { ReceiveMaximum = 1 });
        var accepted = 0;
        while (script.Publish((ulong)accepted) == PublishOutcome.Accepted)
        {
            accepted++;
        }

        Assert.Equal(MqttLimits.Waiting + 1, accepted);
        Assert.Equal(PublishOutcome.QueueFull, script.Publish(0));
        script.Engine.HandleDisconnected(script.Now);
        Assert.Equal(accepted, script.Events().Count(what => what.Kind is MqttEventKind.PublishLost or MqttEventKind.PublishNotSent));
    }

    [Fact]
    public void Bytes_are_bounded_too()
    {
        var script = new Script().Accepted(new ConnackPacket { ReceiveMaximum = 1 });
        var large = Script.Message(size: 1 << 20);
        var accepted = 0;
        while (script.Publish(1, large) == PublishOutcome.Accepted)
        {
            accepted++;
        }

        Assert.InRange(accepted, 60, 64);
        script.Receive(Codec.Acknowledge(PacketType.Puback, script.SentIdentifiers()[0]));
        Assert.Equal(PublishOutcome.Accepted, script.Publish(1, large));
        Assert.Equal(PublishOutcome.TooLarge, script.Publish(1, Script.Message(size: MqttLimits.OutstandingBytes)));
    }

    [Fact]
    public void Qos_0_is_handed_over_when_its_last_byte_was_taken()
    {
        var script = new Script().Accepted();
        script.Publish(7, Script.Message(QualityOfService.AtMostOnce));
        script.Publish(8, Script.Message(QualityOfService.AtMostOnce));
        var first = (int)PublishPacket.Measure(Script.Message(QualityOfService.AtMostOnce));

        Assert.True(script.Engine.TryTakeTransmit(new byte[first - 1], out _));
        Assert.Empty(script.Events());
        Assert.True(script.Engine.TryTakeTransmit(new byte[1], out _));
        Assert.Equal(new MqttEvent(MqttEventKind.PublishHandedOver, 7), Assert.Single(script.Events()));
        script.Engine.HandleDisconnected(script.Now);
        Assert.Equal(new MqttEvent(MqttEventKind.PublishLost, 8), script.Events()[0]);
    }

    [Fact]
    public void A_driver_that_does_not_take_bytes_makes_publishers_wait()
    {
        var script = new Script().Accepted();
        var large = Script.Message(QualityOfService.AtMostOnce, 100_000);
        var accepted = 0;
        while (script.Publish(1, large) == PublishOutcome.Accepted)
        {
            accepted++;
        }

        Assert.InRange(accepted, 5, MqttLimits.TransmitBytes / 100_000);
        for (var round = 0; round < 20; round++)
        {
            Assert.Equal(PublishOutcome.Accepted, script.Publish(2, large with { QualityOfService = QualityOfService.AtLeastOnce }));
        }

        Assert.InRange(script.Engine.InFlightCount, 0, 2);
        Assert.Equal(accepted + 20, script.Sent().Count);
        Assert.Equal(20, script.Engine.InFlightCount);
    }

    [Fact] // L09
    public void What_the_server_does_not_offer_is_never_sent()
    {
        var small = new Script().Accepted(new ConnackPacket { MaximumPacketSize = 100 });
        var overhead = (int)PublishPacket.Measure(Script.Message(size: 0));
        Assert.Equal(PublishOutcome.Accepted, small.Publish(1, Script.Message(size: 100 - overhead)));
        Assert.Equal(PublishOutcome.TooLarge, small.Publish(2, Script.Message(size: 101 - overhead)));
        Assert.Single(small.SentIdentifiers());

        var atMostOnce = new Script().Accepted(new ConnackPacket { MaximumQoS = QualityOfService.AtMostOnce });
        Assert.Equal(PublishOutcome.QualityOfServiceNotSupported, atMostOnce.Publish(1));
        Assert.Equal(PublishOutcome.Accepted, atMostOnce.Publish(2, Script.Message(QualityOfService.AtMostOnce)));

        var atLeastOnce = new Script().Accepted(new ConnackPacket { MaximumQoS = QualityOfService.AtLeastOnce });
        Assert.Equal(PublishOutcome.QualityOfServiceNotSupported, atLeastOnce.Publish(1, Script.Message(QualityOfService.ExactlyOnce)));

        var noRetain = new Script().Accepted(new ConnackPacket { RetainAvailable = false });
        Assert.Equal(PublishOutcome.RetainNotSupported, noRetain.Publish(1, Script.Message() with { Retain = true }));
        Assert.Equal(PublishOutcome.Accepted, noRetain.Publish(2));
        Assert.DoesNotContain((byte)0x23, noRetain.Sent()[0].Body); // no topic alias
    }

    public static TheoryData<string> BadTopics() =>
        ["", "a/+/b", "a/#", "a\0b", "$SYS/x", "a\nb", "a\uD800b", "a\uFFFFb", "a\u0085", new string('x', 65_536), new string('\u20AC', 21_846)];

    [Theory, MemberData(nameof(BadTopics), DisableDiscoveryEnumeration = true)] // L23
    public void A_bad_topic_is_refused_before_a_byte_is_encoded(string topic)
    {
        var script = new Script().Accepted();
        Assert.Equal(PublishOutcome.TopicInvalid, script.Publish(1, Script.Message() with { Topic = topic }));
        Assert.Equal(PublishOutcome.TopicInvalid, script.Publish(1, Script.Message() with { ResponseTopic = topic }));
        Assert.Empty(script.Sent());
    }

    [Fact] // L23
    public void Fields_of_65_535_bytes_pass_and_one_more_does_not()
    {
        var script = new Script().Accepted();
        var (longest, tooLong) = (new string('x', 65_535), new string('x', 65_536));
        Assert.Equal(PublishOutcome.Accepted, script.Publish(1, Script.Message() with { Topic = longest }));
        Assert.Equal(PublishOutcome.Accepted, script.Publish(1, Script.Message() with { UserProperties = [new(longest, longest)] }));
        foreach (var bad in new[] { tooLong, "a\0", "\uDC00", new string('\u20AC', 21_846) })
        {
            Assert.Equal(PublishOutcome.PropertyInvalid, script.Publish(1, Script.Message() with { UserProperties = [new(bad, "v")] }));
            Assert.Equal(PublishOutcome.PropertyInvalid, script.Publish(1, Script.Message() with { UserProperties = [new("n", bad)] }));
            Assert.Equal(PublishOutcome.PropertyInvalid, script.Publish(1, Script.Message() with { ContentType = bad }));
        }

        Assert.Equal(PublishOutcome.PropertyInvalid, script.Publish(1, Script.Message() with { CorrelationData = new byte[65_536] }));
        Assert.Equal(PublishOutcome.PayloadNotUtf8, script.Publish(1, Script.Message() with { Payload = new byte[] { 0xC0 }, PayloadIsUtf8 = true }));
        Assert.Equal(2, script.SentIdentifiers().Count);
    }
}
