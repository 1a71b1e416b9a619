using CoapBridge.Gateway;
using CoapBridge.Gateway.Subscriptions;
using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;
using CoapBridge.Relay;
using CoapBridge.Tests.Mqtt;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Gateway;

/// <summary>Owners 0 and 1 are shards, 2 is the command desk.</summary>
public class BrokerLinkSubscriptionTests
{
    private const int Desk = 2;
    private readonly BrokerLink _link = new(
        new MqttClientOptions("gateway-1", TimeSpan.FromSeconds(60)) { SessionExpiry = TimeSpan.FromHours(1) }, new SeededEntropy(1));
    private Instant _now = new(98_765_432_109_876);

    [Fact]
    public void A_filter_is_active_with_suback_and_settled_with_the_next_pingresp()
    {
        Connect();
        Want(0, "a/b");
        Assert.Equal(["a/b"], Subscribed());
        Receive(SubscribeTests.Suback(1, MqttReasonCode.GrantedQoS1));
        Assert.Equal([(0, new SubscriptionStatus("a/b", SubscriptionState.Active, MqttReasonCode.GrantedQoS1))], Statuses());
        Assert.Equal([PacketType.Pingreq], Types());
        Receive([0xD0, 0x00]);
        Assert.Equal([(0, new SubscriptionStatus("a/b", SubscriptionState.Settled))], Statuses());
        Want(0, "a/b");
        Assert.Empty(Types());
    }

    [Fact]
    public void Without_a_pingresp_it_is_settled_after_a_second()
    {
        Connect();
        Want(0, "a");
        Types();
        Receive(SubscribeTests.Suback(1, MqttReasonCode.GrantedQoS1));
        Statuses();
        Assert.Equal(_now + TimeSpan.FromSeconds(1), _link.NextDeadline);
        _link.HandleTimeout(_now += TimeSpan.FromSeconds(0.9));
        Assert.Empty(Statuses());
        _link.HandleTimeout(_now += TimeSpan.FromSeconds(0.1));
        Assert.Equal([(0, new SubscriptionStatus("a", SubscriptionState.Settled))], Statuses());
        Receive([0xD0, 0x00]);
        Assert.Empty(Statuses());
    }

    [Fact]
    public void One_pingreq_at_a_time_settles_what_was_acknowledged_before_it()
    {
        Connect();
        Want(0, "a");
        Want(0, "b/#");
        Types();
        Receive(SubscribeTests.Suback(1, MqttReasonCode.GrantedQoS1));
        Receive(SubscribeTests.Suback(2, MqttReasonCode.GrantedQoS1));
        Assert.Equal([PacketType.Pingreq], Types());
        Statuses();
        Receive([0xD0, 0x00]);
        Assert.Equal([(0, new SubscriptionStatus("a", SubscriptionState.Settled))], Statuses());
        Assert.Equal([PacketType.Pingreq], Types());
        Receive([0xD0, 0x00]);
        Assert.Equal([(0, new SubscriptionStatus("b/#", SubscriptionState.Settled))], Statuses());
    }

    [Fact]
    public void Owners_share_a_subscription_and_a_newcomer_hears_what_is_retained()
    {
        Connect();
        Want(0, "a");
        Answer();
        Want(1, "a");
        Assert.Equal(["a"], Subscribed()); // again, for the retained message
        Receive(Retained("a", "1", qos: 0));
        Assert.Equal([0, 1], Deliveries().Select(one => one.Owner));
        Receive(SubscribeTests.Suback(2, MqttReasonCode.GrantedQoS1));
        Assert.Equal([(1, SubscriptionState.Active)], Statuses().Select(one => (one.Owner, one.Status.State)));

        Cease(0, "a");
        Assert.DoesNotContain(Types(), type => type != PacketType.Pingreq);
        Cease(1, "a");
        Assert.Equal([PacketType.Unsubscribe], Types());
        Receive(Retained("a", "2", qos: 0));
        Assert.Empty(Deliveries());
    }

    [Fact]
    public void An_owner_that_comes_after_the_subscribe_is_active_only_with_its_own()
    {
        Connect();
        Want(0, "a");
        Types();
        Want(1, "a");
        Types();
        Receive(SubscribeTests.Suback(1, MqttReasonCode.GrantedQoS1));
        Assert.Equal([0], Statuses().Select(one => one.Owner));
        Receive(SubscribeTests.Suback(2, MqttReasonCode.GrantedQoS1));
        Assert.Equal([1], Statuses().Select(one => one.Owner));
    }

    [Fact]
    public void A_refusal_is_told_and_asked_again_on_the_next_connection()
    {
        Connect();
        Want(0, "a");
        Types();
        Receive(SubscribeTests.Suback(1, MqttReasonCode.NotAuthorized));
        Assert.Equal([(0, new SubscriptionStatus("a", SubscriptionState.Refused, MqttReasonCode.NotAuthorized))], Statuses());
        Reconnect();
        Assert.Equal(["a"], Subscribed());
    }

    [Fact]
    public void What_cannot_be_asked_for_is_refused_without_asking()
    {
        Connect(new ConnackPacket { WildcardSubscriptionAvailable = false });
        Want(0, "a/#");
        Want(0, "b#");
        Assert.Equal(
            [MqttReasonCode.WildcardSubscriptionsNotSupported, MqttReasonCode.TopicFilterInvalid], Statuses().Select(one => one.Status.Reason));
        Assert.Empty(Types());
        Cease(0, "a/#");
        Assert.Empty(Types());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_connection_asks_for_everything_again_and_tells_it_anew(bool resumed)
    {
        Want(0, "before");
        Connect();
        Assert.Equal(["before"], Subscribed());
        Want(1, "c/+/#");
        Answer();
        _link.HandleDisconnected(_now);
        Want(0, "meanwhile");
        Cease(0, "before");
        Assert.Empty(Statuses());
        Reconnect(new ConnackPacket { SessionPresent = resumed });
        Assert.Equal(["c/+/#", "meanwhile"], Subscribed().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_thousand_filters_go_out_as_the_broker_answers()
    {
        for (var number = 0; number < 1_000; number++)
        {
            Want(0, $"devices/{number}/c/#");
            Want(0, $"devices/{number}/s");
        }

        Connect();
        var asked = new List<string>();
        ushort answered = 0;
        for (var round = 0; round < 2_000 && asked.Count < 2_000; round++)
        {
            foreach (var packet in Sent().Where(packet => packet.Type == PacketType.Subscribe))
            {
                Assert.True(SubscribePacket.TryParse(packet.Body, out var subscribe, out _));
                Assert.InRange(subscribe.Subscriptions.Count, 1, MqttLimits.FiltersPerPacket);
                asked.AddRange(subscribe.Subscriptions.Select(one => one.TopicFilter));
                Receive(SubscribeTests.Suback(subscribe.PacketIdentifier, [.. subscribe.Subscriptions.Select(_ => MqttReasonCode.GrantedQoS1)]));
                answered++;
            }
        }

        Assert.Equal(2_000, asked.Distinct().Count());
        Assert.Equal(2_000, Statuses().Count(one => one.Status.State == SubscriptionState.Active));
    }

    [Fact]
    public void A_copy_that_names_its_subscription_goes_only_to_that_one()
    {
        Connect();
        Want(Desk, "d/c/#", retained: false);
        Want(0, "d/c/x");
        var identifiers = Sent().Select(packet =>
        {
            Assert.True(SubscribePacket.TryParse(packet.Body, out var subscribe, out _));
            return subscribe.SubscriptionIdentifier!.Value;
        }).ToList();
        Assert.Equal(2, identifiers.Distinct().Count());

        foreach (var identifier in identifiers)
        {
            Receive(Identified("d/c/x", identifier));
        }

        Assert.Equal([Desk, 0], Deliveries().Select(one => one.Owner));
    }

    [Fact]
    public void A_message_of_qos_1_is_acknowledged_when_every_owner_has_said_so()
    {
        Connect();
        Want(0, "a");
        Want(Desk, "a", retained: false);
        Types();
        Receive(Codec.Publish(Message("a"), 7));
        var deliveries = Deliveries();
        Assert.Equal([0, Desk], deliveries.Select(one => one.Owner));
        _link.HandleAcknowledgement(_now, new DeliveryAcknowledgement(deliveries[0].Delivery.Ticket));
        _link.HandleAcknowledgement(_now, new DeliveryAcknowledgement(deliveries[0].Delivery.Ticket));
        Assert.Empty(Types());
        _link.HandleAcknowledgement(_now, new DeliveryAcknowledgement(deliveries[1].Delivery.Ticket, MqttReasonCode.QuotaExceeded));
        var puback = Assert.Single(Sent());
        Assert.Equal((PacketType.Puback, "000797"), (puback.Type, Convert.ToHexString(puback.Body)));
    }

    [Fact]
    public void A_message_that_nobody_wants_is_never_acknowledged_as_a_success()
    {
        Connect();
        Receive(Codec.Publish(Message("nobody"), 5));
        var sent = Sent();
        Assert.Equal("000583", Convert.ToHexString(sent.Single(packet => packet.Type == PacketType.Puback).Body));

        // An earlier run subscribed to it, and its session goes on.
        Assert.True(UnsubscribePacket.TryParse(sent.Single(packet => packet.Type == PacketType.Unsubscribe).Body, out var unsubscribe, out _));
        Assert.Equal(["nobody"], unsubscribe.TopicFilters);
    }

    [Fact]
    public void What_an_earlier_run_subscribed_to_reaches_who_wants_it_in_this_one()
    {
        Connect();
        Want(Desk, "d/c/#", retained: false);
        Assert.True(SubscribePacket.TryParse(Sent().Single().Body, out var subscribe, out _));

        var second = new BrokerLinkSubscriptionTests();
        for (var other = 0; other < 10; other++)
        {
            second.Want(0, $"other/{other}/+");
        }

        second.Want(Desk, "d/c/#", retained: false);
        second.Connect();
        second.Sent();
        second.Receive(Identified("d/c/x", subscribe.SubscriptionIdentifier!.Value));
        Assert.Equal([(Desk, "d/c/#")], second.Deliveries().Select(one => (one.Owner, one.Delivery.Filter)));
    }

    [Fact] // L14
    public void An_owner_that_is_behind_loses_qos_0_and_holds_up_qos_1()
    {
        Connect();
        Want(0, "a");
        Want(1, "b");
        Types();
        for (var number = 0; number < OpenDeliveries.MaximumPerOwner + 10; number++)
        {
            Receive(Codec.Publish(Message("a") with { QualityOfService = QualityOfService.AtMostOnce }));
        }

        Receive(Codec.Publish(Message("b") with { QualityOfService = QualityOfService.AtMostOnce }));
        Assert.Equal(10, _link.DroppedDeliveries);
        var deliveries = Deliveries();
        Assert.Equal(OpenDeliveries.MaximumPerOwner + 1, deliveries.Count);
        _link.HandleAcknowledgement(_now, new DeliveryAcknowledgement(deliveries[0].Delivery.Ticket));
        Receive(Codec.Publish(Message("a") with { QualityOfService = QualityOfService.AtMostOnce }));
        Receive(Codec.Publish(Message("a"), 1));
        Assert.Equal(2, Deliveries().Count);
        Assert.Empty(Sent());
    }

    [Fact] // L14
    public void The_bytes_of_what_is_not_acknowledged_are_bounded()
    {
        Connect();
        Want(0, "a");
        Types();
        var large = Message("a") with { QualityOfService = QualityOfService.AtMostOnce, Payload = new byte[200_000] };
        for (var number = 0; number < 1_000; number++)
        {
            Receive(Codec.Publish(large));
        }

        Assert.InRange(Deliveries().Count, 100, OpenDeliveries.MaximumBytes / 200_000);
        Assert.True(_link.IsConnected);
    }

    [Fact]
    public void A_held_acknowledgement_that_comes_after_the_connection_changes_nothing()
    {
        Connect();
        Want(Desk, "c/#", retained: false);
        Types();
        Receive(Codec.Publish(Message("c/1"), 7));
        var held = Assert.Single(Deliveries()).Delivery;
        Reconnect(new ConnackPacket { SessionPresent = true });
        Types();
        _link.HandleAcknowledgement(_now, new DeliveryAcknowledgement(held.Ticket));
        Assert.Empty(Types());
        Receive(Codec.Publish(Message("c/1"), 7, duplicate: true));
        var again = Assert.Single(Deliveries()).Delivery;
        Assert.True(again.IsDuplicate);
        _link.HandleAcknowledgement(_now, new DeliveryAcknowledgement(again.Ticket));
        Assert.Equal([PacketType.Puback], Types());
    }

    [Fact]
    public void A_message_that_a_resumed_session_sends_again_has_one_receipt()
    {
        Connect();
        _link.HandlePublish(_now, new Publish(1, 5, Message("x")));
        Types();
        Reconnect(new ConnackPacket { SessionPresent = true });
        Assert.True(_link.TryTakeReceipt(out var shard, out var receipt));
        Assert.Equal((1, new Receipt(5, ReceiptOutcome.ConnectionLost)), (shard, receipt));
        Assert.Equal([PacketType.Publish], Types());
        Receive(Codec.Acknowledge(PacketType.Puback, 1));
        Assert.False(_link.TryTakeReceipt(out _, out _));
        Assert.Equal(0, _link.OutstandingCount);
    }

    private static ApplicationMessage Message(string topic) =>
        new() { Topic = topic, Payload = "21.5"u8.ToArray(), QualityOfService = QualityOfService.AtLeastOnce };

    /// <summary>A PUBLISH of QoS 0 with a Subscription Identifier, as only servers send.</summary>
    private static byte[] Identified(string topic, int identifier)
    {
        var number = new List<byte> { 0x0B };
        for (; identifier > 0x7F; identifier >>= 7)
        {
            number.Add((byte)(0x80 | (identifier & 0x7F)));
        }

        number.Add((byte)identifier);
        byte[] body = [0, (byte)topic.Length, .. System.Text.Encoding.UTF8.GetBytes(topic), (byte)number.Count, .. number];
        return [0x30, (byte)body.Length, .. body];
    }

    private static byte[] Retained(string topic, string value, int qos) => Codec.Publish(
        new ApplicationMessage { Topic = topic, Payload = System.Text.Encoding.UTF8.GetBytes(value), QualityOfService = (QualityOfService)qos, Retain = true });

    private void Want(int owner, string filter, bool retained = true) =>
        _link.HandleSubscription(_now, new SubscriptionChange(owner, filter, true, WantsRetained: retained));

    private void Cease(int owner, string filter) => _link.HandleSubscription(_now, new SubscriptionChange(owner, filter, false));

    private void Connect(ConnackPacket? connack = null)
    {
        Assert.True(_link.TryTakeConnect());
        _link.HandleConnected(_now);
        Assert.Equal([PacketType.Connect], Types());
        Receive(Codec.Write((connack ?? new ConnackPacket()).TryWrite));
    }

    private void Reconnect(ConnackPacket? connack = null)
    {
        _link.HandleDisconnected(_now);
        _link.HandleTimeout(_now += TimeSpan.FromSeconds(5));
        Connect(connack);
    }

    /// <summary>Answers every SUBSCRIBE and PINGREQ, and forgets what that told.</summary>
    private void Answer()
    {
        for (var packets = Sent(); packets.Count > 0; packets = Sent())
        {
            foreach (var (type, body) in packets)
            {
                if (type == PacketType.Subscribe && SubscribePacket.TryParse(body, out var subscribe, out _))
                {
                    Receive(SubscribeTests.Suback(subscribe.PacketIdentifier, [.. subscribe.Subscriptions.Select(_ => MqttReasonCode.GrantedQoS1)]));
                }
                else if (type == PacketType.Pingreq)
                {
                    Receive([0xD0, 0x00]);
                }
            }
        }

        Statuses();
    }

    private void Receive(byte[] bytes) => _link.HandleReceived(_now, bytes);

    private List<PacketType> Types() => [.. Sent().Select(packet => packet.Type)];

    private List<string> Subscribed() => [.. Sent().Where(packet => packet.Type == PacketType.Subscribe).SelectMany(packet =>
    {
        Assert.True(SubscribePacket.TryParse(packet.Body, out var subscribe, out _));
        return subscribe.Subscriptions.Select(one => one.TopicFilter);
    })];

    private List<(PacketType Type, byte[] Body)> Sent()
    {
        var bytes = new List<byte>();
        var buffer = new byte[1000];
        while (_link.TryTakeTransmit(_now, buffer, out var length))
        {
            bytes.AddRange(buffer[..length]);
        }

        var packets = new List<(PacketType, byte[])>();
        ReadOnlySpan<byte> stream = bytes.ToArray();
        var framer = new PacketFramer(1 << 20);
        while (framer.TryTake(ref stream, out var packet, out _) == FramingResult.Packet)
        {
            packets.Add((packet.Type, packet.Body.ToArray()));
        }

        return packets;
    }

    private List<(int Owner, SubscriptionStatus Status)> Statuses()
    {
        var statuses = new List<(int, SubscriptionStatus)>();
        while (_link.TryTakeSubscriptionStatus(out var owner, out var status))
        {
            statuses.Add((owner, status));
        }

        return statuses;
    }

    private List<(int Owner, Delivery Delivery)> Deliveries()
    {
        var deliveries = new List<(int, Delivery)>();
        while (_link.TryTakeDelivery(out var owner, out var delivery))
        {
            deliveries.Add((owner, delivery));
        }

        return deliveries;
    }
}
