using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

public class SubscribeTests
{
    private readonly Script _script = new Script().Accepted();

    [Fact]
    public void A_subscribe_asks_for_the_retain_flag_as_published_and_for_retained_messages_or_none()
    {
        _script.Engine.Subscribe(_script.Now, 7, [new("a/b", QualityOfService.AtLeastOnce, true), new("c/#", QualityOfService.AtMostOnce, false)], 5);
        var packet = Assert.Single(_script.Sent());
        Assert.Equal((PacketType.Subscribe, 2), (packet.Type, packet.Flags));
        Assert.Equal("0001" + "020B05" + "0003612F62" + "09" + "0003632F23" + "28", Convert.ToHexString(packet.Body));

        _script.Receive(Suback(1, MqttReasonCode.GrantedQoS1, MqttReasonCode.NotAuthorized));
        var what = Assert.Single(_script.Events());
        Assert.Equal((MqttEventKind.SubscribeAcknowledged, 7ul), (what.Kind, what.Ticket));
        Assert.Equal([MqttReasonCode.GrantedQoS1, MqttReasonCode.NotAuthorized], what.Reasons!);
    }

    [Fact]
    public void Many_filters_go_in_packets_that_the_server_takes()
    {
        SubscriptionRequest[] all = [.. Enumerable.Range(0, 20).Select(number => new SubscriptionRequest($"devices/{number:00}", 0, true))];
        Assert.Equal(MqttLimits.FiltersPerPacket, _script.Engine.Subscribe(_script.Now, 1, all));
        Assert.Equal(MqttLimits.FiltersPerPacket, _script.Engine.Unsubscribe(_script.Now, 2, [.. all.Select(one => one.TopicFilter)]));
        Assert.Equal([PacketType.Subscribe, PacketType.Unsubscribe], _script.Sent().Select(packet => packet.Type));

        var small = new Script().Accepted(new ConnackPacket { MaximumPacketSize = 70 });
        Assert.Equal(2, small.Engine.Subscribe(small.Now, 1, all));
        Assert.InRange(Assert.Single(small.Sent()).Body.Length, 1, 68);
        Assert.Equal(MqttReasonCode.PacketTooLarge, small.Engine.CheckFilter(new string('x', 60)));
    }

    [Fact] // REQUIREMENTS 12.18
    public void An_acknowledgement_must_answer_every_filter_of_its_own_request()
    {
        foreach (var bad in new[]
        {
            Suback(1, MqttReasonCode.Success), // one code for two filters
            Suback(1, MqttReasonCode.Success, MqttReasonCode.Success, MqttReasonCode.Success),
            Suback(2, MqttReasonCode.Success, MqttReasonCode.Success), // another request's
            Answer(PacketType.Unsuback, 1, MqttReasonCode.Success, MqttReasonCode.Success), // the other kind
        })
        {
            var script = new Script().Accepted();
            script.Engine.Subscribe(script.Now, 1, [new("a", 0, true), new("b", 0, true)]);
            script.Receive(bad);
            script.AssertEnded(ConnectionEnd.ServerFault, MqttReasonCode.ProtocolError);
        }
    }

    [Fact]
    public void Open_requests_are_bounded_and_end_with_the_connection()
    {
        var sent = 0ul;
        while (_script.Engine.MayRequest)
        {
            _script.Engine.Subscribe(_script.Now, ++sent, [new("a", 0, true)]);
        }

        Assert.Equal((ulong)MqttLimits.OpenRequests, sent);
        _script.Receive(Suback(1, MqttReasonCode.Success));
        Assert.True(_script.Engine.MayRequest);
        _script.Engine.HandleDisconnected(_script.Now);
        Assert.Equal([MqttEventKind.SubscribeAcknowledged, MqttEventKind.ConnectionClosed], _script.Events().Select(what => what.Kind));

        _script.Accepted();
        Assert.True(_script.Engine.MayRequest);
        _script.Engine.Unsubscribe(_script.Now, 9, ["a"]);
        var packet = Assert.Single(_script.Sent());
        _script.Receive(Answer(PacketType.Unsuback, (ushort)((packet.Body[0] << 8) | packet.Body[1]), MqttReasonCode.NoSubscriptionExisted));
        Assert.Equal((MqttEventKind.UnsubscribeAcknowledged, 9ul), (_script.Events() is [var what] ? what.Kind : default, 9ul));
    }

    [Theory]
    [InlineData("a/b", MqttReasonCode.Success)]
    [InlineData("a/+/#", MqttReasonCode.WildcardSubscriptionsNotSupported)]
    [InlineData("a/b#", MqttReasonCode.TopicFilterInvalid)]
    [InlineData("", MqttReasonCode.TopicFilterInvalid)]
    [InlineData("$share/g/a", MqttReasonCode.TopicFilterInvalid)]
    [InlineData("a\u0001", MqttReasonCode.TopicFilterInvalid)]
    public void A_filter_that_cannot_be_asked_for_has_a_reason(string filter, MqttReasonCode reason)
    {
        var script = new Script().Accepted(new ConnackPacket { WildcardSubscriptionAvailable = false, SubscriptionIdentifierAvailable = false });
        Assert.Equal(reason, script.Engine.CheckFilter(filter));
        Assert.False(script.Engine.OffersSubscriptionIdentifiers);
        Assert.Equal(MqttReasonCode.TopicFilterInvalid, script.Engine.CheckFilter(string.Join('/', Enumerable.Repeat('x', MqttLimits.FilterLevels + 1))));
    }

    [Fact]
    public void A_ping_comes_back_with_its_ticket_and_an_unsolicited_pingresp_with_nothing()
    {
        _script.Receive("D000");
        _script.Engine.Ping(_script.Now, 5);
        _script.Engine.Ping(_script.Now, 6);
        _script.Receive("D000");
        Assert.Equal([(MqttEventKind.PingAnswered, 5ul)], _script.Events().Select(what => (what.Kind, what.Ticket)));
        _script.Advance(9);
        _script.Receive("D000" + "D000");
        Assert.Equal([(MqttEventKind.PingAnswered, 6ul)], _script.Events().Select(what => (what.Kind, what.Ticket)));
    }

    internal static byte[] Suback(ushort identifier, params MqttReasonCode[] codes) => Answer(PacketType.Suback, identifier, codes);

    private static byte[] Answer(PacketType type, ushort identifier, params MqttReasonCode[] codes) =>
        Codec.Write((Span<byte> span, out int length) => new SubackPacket(identifier, codes).TryWrite(span, type, out length));
}
