using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Tests.Support;
using CoapBridge.Upstream.Amqp;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Host.Amqp;

public class AmqpLinkTests
{
    private readonly AmqpLink _link = new(new SeededEntropy(1));
    private Instant _now = new(98_765_432_109_876);

    [Fact]
    public void A_confirm_is_the_acknowledgement()
    {
        Connect();
        Publish(1);
        Publish(2);
        Assert.Equal(2, Write());
        Assert.Empty(Receipts());
        _link.HandleConfirm(_now, 2, isMultiple: false, isNegative: false);
        Assert.Equal([(2UL, ReceiptOutcome.Acknowledged, MqttReasonCode.Success)], Receipts());
        _link.HandleConfirm(_now, 1, isMultiple: false, isNegative: false);
        Assert.Equal([(1UL, ReceiptOutcome.Acknowledged, MqttReasonCode.Success)], Receipts());
        Assert.Equal(0, _link.OutstandingCount);
    }

    [Fact]
    public void One_confirm_may_be_for_all_before_it_and_a_second_one_changes_nothing()
    {
        Connect();
        Enumerable.Range(1, 5).ToList().ForEach(ticket => Publish((ulong)ticket));
        Write();
        _link.HandleConfirm(_now, 2, isMultiple: false, isNegative: false);
        _link.HandleConfirm(_now, 4, isMultiple: true, isNegative: false);
        _link.HandleConfirm(_now, 4, isMultiple: true, isNegative: true);
        _link.HandleConfirm(_now, ulong.MaxValue, isMultiple: true, isNegative: false); // nonsense of a broker's costs no time
        Assert.Equal([2, 1, 3, 4, 5], Receipts().Select(receipt => receipt.Ticket));
    }

    [Fact]
    public void A_message_without_a_queue_is_no_matching_subscribers_as_in_mqtt()
    {
        Connect();
        Publish(1, id: "aa");
        Publish(2, id: "bb");
        Write();
        _link.HandleReturn("bb");
        _link.HandleReturn("cc");
        _link.HandleReturn(null);
        _link.HandleConfirm(_now, 2, isMultiple: true, isNegative: false);
        Assert.Equal([MqttReasonCode.Success, MqttReasonCode.NoMatchingSubscribers], Receipts().Select(receipt => receipt.Reason));
    }

    [Fact]
    public void A_negative_confirm_is_a_refusal_for_now()
    {
        Connect();
        Publish(1);
        Write();
        _link.HandleConfirm(_now, 1, isMultiple: false, isNegative: true);
        Assert.Equal([(1UL, ReceiptOutcome.Acknowledged, MqttReasonCode.QuotaExceeded)], Receipts());
    }

    [Fact]
    public void Qos_0_is_answered_when_it_was_written_and_not_again_by_its_confirm()
    {
        Connect();
        Publish(1, QualityOfService.AtMostOnce);
        Assert.True(_link.TryTakePublish(_now, out _));
        Assert.Empty(Receipts());
        _link.HandleWritten(_now);
        Assert.Equal([(1UL, ReceiptOutcome.HandedOver, MqttReasonCode.Success)], Receipts());
        _link.HandleConfirm(_now, 1, isMultiple: false, isNegative: false);
        Assert.Empty(Receipts());
    }

    [Fact]
    public void What_cannot_go_is_answered_at_once()
    {
        Publish(1);
        Assert.Equal(ReceiptOutcome.NotConnected, Assert.Single(Receipts()).Outcome);
        Connect();
        _link.HandlePublish(new Publish(0, 2, Message("a") with { Retain = true }));
        _link.HandlePublish(new Publish(0, 3, Message(new string('a', 300))));
        Assert.Equal([ReceiptOutcome.NotOffered, ReceiptOutcome.NotValid], Receipts().Select(receipt => receipt.Outcome));
    }

    [Fact]
    public void A_lost_connection_loses_what_was_sent_and_what_waited_was_never_sent()
    {
        Connect();
        Publish(1);
        Write();
        Publish(2);
        _link.HandleDisconnected(_now);
        Assert.Equal(
            [(1UL, ReceiptOutcome.ConnectionLost), (2UL, ReceiptOutcome.NotConnected)],
            Receipts().Select(receipt => (receipt.Ticket, receipt.Outcome)).Order());
        Assert.Equal(UpstreamState.Away, LastStatus().State);
        Connect();
        Publish(3);
        Write();
        _link.HandleConfirm(_now, 1, isMultiple: false, isNegative: false);
        Assert.Equal(3UL, Assert.Single(Receipts()).Ticket); // numbers begin anew
    }

    [Fact]
    public void Only_the_message_that_the_broker_will_not_have_is_refused_for_good()
    {
        Connect();
        Publish(1);
        Publish(2);
        Write();
        _link.HandlePublishRefused(_now, MqttReasonCode.NotAuthorized);
        Assert.All(Receipts(), receipt => Assert.Equal(ReceiptOutcome.ConnectionLost, receipt.Outcome)); // which one it was nobody knows
        Assert.True(_link.WantsChannel);
        Publish(1);
        Publish(2);
        Assert.Equal(0, Write());
        _link.HandleChannelReopened();
        Assert.Equal(1, Write()); // one after the other
        _link.HandlePublishRefused(_now, MqttReasonCode.NotAuthorized);
        Assert.Equal([(1UL, ReceiptOutcome.Acknowledged, MqttReasonCode.NotAuthorized)], Receipts());
        _link.HandleChannelReopened();
        Assert.Equal(1, Write());
        _link.HandleConfirm(_now, 1, isMultiple: false, isNegative: false);
        Assert.Equal([(2UL, ReceiptOutcome.Acknowledged, MqttReasonCode.Success)], Receipts());
        _now += TimeSpan.FromSeconds(61);
        Publish(3);
        Publish(4);
        Assert.Equal(2, Write());
    }

    [Fact]
    public void A_blocked_broker_counts_as_away_but_may_still_confirm()
    {
        Connect();
        Want("devices/device-1/c/#");
        Bind(BindingOutcome.Done);
        Publish(1);
        Write();
        _link.HandleBlocked();
        Assert.Equal(new UpstreamStatus(UpstreamState.Away), LastStatus());
        Publish(2);
        Assert.Equal((2UL, ReceiptOutcome.NotConnected), Receipts().Select(receipt => (receipt.Ticket, receipt.Outcome)).Single());
        _link.HandleTimeout(_now += TimeSpan.FromHours(1)); // not a stall
        Assert.False(_link.MustClose);
        _link.HandleConfirm(_now, 1, isMultiple: false, isNegative: false);
        Assert.Equal(1UL, Assert.Single(Receipts()).Ticket);
        Statuses();
        _link.HandleUnblocked();
        Assert.Equal(new UpstreamStatus(UpstreamState.Connected), LastStatus());
        Bind(BindingOutcome.Done);
        Assert.Equal([SubscriptionState.Active, SubscriptionState.Settled], Statuses().Select(status => status.State));
    }

    [Fact]
    public void A_publish_without_a_confirm_costs_the_connection()
    {
        Connect();
        Publish(1);
        Write();
        Assert.Equal(_now + AmqpLink.StallTimeout, _link.NextDeadline);
        _link.HandleTimeout(_now += AmqpLink.StallTimeout);
        Assert.True(_link.MustClose);
    }

    [Fact]
    public void The_window_is_bounded()
    {
        Connect();
        for (var ticket = 1UL; ticket <= UnconfirmedPublishes.Window + 100; ticket++)
        {
            Assert.True(_link.MayTakePublish);
            Publish(ticket);
            Write();
            if (ticket > UnconfirmedPublishes.Window + 60)
            {
                break;
            }
        }

        while (_link.MayTakePublish)
        {
            Publish(9_999);
        }

        Assert.Equal(0, Write());
        _link.HandleConfirm(_now, 3, isMultiple: true, isNegative: false);
        Assert.Equal(3, Write());
    }

    [Fact]
    public void The_queue_is_bound_to_the_commands_of_a_device_that_is_wanted_and_no_longer()
    {
        Want("devices/a.b/c/#");
        Assert.False(_link.TryTakeBinding(out _));
        Connect();
        Assert.True(_link.TryTakeBinding(out var binding));
        Assert.Equal(new BindingChange("devices/a.b/c/#", "devices.a%2Eb.c.#", IsWanted: true), binding);
        _link.HandleBindingDone(_now, binding, BindingOutcome.Done);
        Assert.Equal([SubscriptionState.Active, SubscriptionState.Settled], Statuses().Select(status => status.State));

        _link.HandleDisconnected(_now);
        Want("devices/a.b/c/#", wanted: false); // the binding is still at the broker
        Connect();
        Bind(BindingOutcome.Done);
        Assert.False(_link.TryTakeBinding(out _));
        _link.HandleDisconnected(_now);
        Connect();
        Assert.False(_link.TryTakeBinding(out _));
    }

    [Fact]
    public void A_queue_in_use_is_asked_for_again_and_a_refused_binding_is_told()
    {
        Connect();
        Want("devices/device-1/c/#");
        Bind(BindingOutcome.Later);
        Assert.False(_link.TryTakeBinding(out _));
        Assert.Empty(Statuses());
        _link.HandleTimeout(_now = _link.NextDeadline!.Value);
        Bind(BindingOutcome.Refused);
        Assert.Equal(SubscriptionState.Refused, Assert.Single(Statuses()).State);
    }

    [Fact]
    public void A_command_is_settled_when_its_owner_has_it()
    {
        Connect();
        Want("devices/device-1/c/#");
        Bind(BindingOutcome.Done);
        _link.HandleCommand(7, Message("devices/device-1/c/open"), isDuplicate: true);
        Assert.True(_link.TryTakeDelivery(out var owner, out var delivery));
        Assert.Equal((2, "devices/device-1/c/#", true), (owner, delivery.Filter, delivery.IsDuplicate));
        Assert.False(_link.TryTakeSettlement(out _));
        _link.HandleAcknowledgement(new DeliveryAcknowledgement(delivery.Ticket));
        Assert.True(_link.TryTakeSettlement(out var settlement));
        Assert.Equal(new Settlement(7, IsTaken: true), settlement);
        _link.HandleAcknowledgement(new DeliveryAcknowledgement(delivery.Ticket));
        Assert.False(_link.TryTakeSettlement(out _));
    }

    [Fact]
    public void What_is_for_nobody_here_is_thrown_away_and_the_broker_told()
    {
        Connect();
        Want("devices/device-1/c/#");
        _link.HandleCommand(1, Message("devices/device-2/c/open"), isDuplicate: false);
        _link.HandleCommand(2, null, isDuplicate: false);
        Assert.False(_link.TryTakeDelivery(out _, out _));
        Assert.Equal(2, _link.DroppedDeliveries);
        Assert.True(_link.TryTakeSettlement(out var first));
        Assert.Equal(new Settlement(1, IsTaken: false), first);
    }

    [Fact]
    public void After_a_lost_connection_nothing_of_it_is_settled()
    {
        Connect();
        Want("devices/device-1/c/#");
        _link.HandleCommand(7, Message("devices/device-1/c"), isDuplicate: false);
        _link.TryTakeDelivery(out _, out var delivery);
        _link.HandleDisconnected(_now);
        Connect();
        _link.HandleAcknowledgement(new DeliveryAcknowledgement(delivery.Ticket));
        Assert.False(_link.TryTakeSettlement(out _)); // tags are a channel's: 7 may be another command now
    }

    [Fact]
    public void Answers_to_calls_need_no_binding_and_go_to_all_shards()
    {
        Want("gateways/gateway-1/r/calls", owner: 0);
        Want("gateways/gateway-1/r/calls", owner: 1);
        Connect();
        Assert.Equal(4, Statuses().Count);
        Assert.False(_link.TryTakeBinding(out _));
        _link.HandleReply(Message(""));
        Assert.True(_link.TryTakeDelivery(out _, out var first));
        Assert.True(_link.TryTakeDelivery(out _, out _));
        Assert.Equal("gateways/gateway-1/r/calls", first.Message.Topic);
    }

    [Fact]
    public void Answers_that_nobody_takes_are_dropped_in_the_end()
    {
        Want("gateways/gateway-1/r/calls", owner: 0);
        Connect();
        for (var count = 0; count < 5_000; count++)
        {
            _link.HandleReply(Message(""));
        }

        Assert.Equal(5_000 - 4_096, _link.DroppedDeliveries);
    }

    [Fact]
    public void Another_certificate_waits_for_confirms_and_changes_the_connection_without_a_word_to_the_devices()
    {
        Connect();
        Publish(1);
        Write();
        _link.BeginRenewal(_now);
        Assert.False(_link.MayTakePublish);
        Assert.False(_link.MustClose);
        _link.HandleConfirm(_now, 1, isMultiple: false, isNegative: false);
        Assert.True(_link.MustClose);
        _link.HandleDisconnected(_now);
        _link.HandleTimeout(_now);
        Assert.True(_link.TryTakeConnect());
        _link.HandleConnectFailed(_now, ReconnectCause.Refused);
        Assert.True(_link.TryTakeRenewalRefused());
        _link.HandleTimeout(_now);
        Assert.True(_link.TryTakeConnect()); // with the old one
        _link.HandleConnected(_now);
        Assert.True(_link.MayTakePublish);
        Assert.False(_link.TryTakeStatus(out _));
    }

    [Fact]
    public void At_the_end_the_connection_is_left_when_all_is_confirmed_or_at_the_limit()
    {
        Connect();
        Publish(1);
        Write();
        _link.BeginDrain(_now, TimeSpan.FromSeconds(2));
        Assert.False(_link.MustClose);
        _link.HandleTimeout(_now += TimeSpan.FromSeconds(2));
        Assert.True(_link.MustClose);
        _link.HandleDisconnected(_now);
        Assert.True(_link.IsDrained);
        Assert.False(_link.WantsConnection);
        Assert.Null(_link.NextDeadline);
        Assert.Equal(ReceiptOutcome.ConnectionLost, Assert.Single(Receipts()).Outcome);
    }

    private void Connect()
    {
        _link.HandleTimeout(_now += TimeSpan.FromMinutes(5));
        Assert.True(_link.TryTakeConnect());
        _link.HandleConnected(_now);
        Assert.Equal(UpstreamState.Connected, LastStatus().State);
    }

    private static ApplicationMessage Message(string topic) => new() { Topic = topic };

    private void Publish(ulong ticket, QualityOfService quality = QualityOfService.AtLeastOnce, string? id = null) => _link.HandlePublish(new Publish(
        0, ticket, Message("devices/device-1/t") with { QualityOfService = quality, UserProperties = [new("message_id", id ?? $"{ticket}")] }));

    private int Write()
    {
        var count = 0;
        while (_link.TryTakePublish(_now, out _))
        {
            count++;
        }

        _link.HandleWritten(_now);
        return count;
    }

    private void Want(string filter, bool wanted = true, int owner = 2) => _link.HandleSubscription(new SubscriptionChange(owner, filter, wanted));

    private void Bind(BindingOutcome outcome)
    {
        Assert.True(_link.TryTakeBinding(out var binding));
        _link.HandleBindingDone(_now, binding, outcome);
    }

    private List<(ulong Ticket, ReceiptOutcome Outcome, MqttReasonCode Reason)> Receipts()
    {
        var receipts = new List<(ulong, ReceiptOutcome, MqttReasonCode)>();
        while (_link.TryTakeReceipt(out _, out var receipt))
        {
            receipts.Add((receipt.Ticket, receipt.Outcome, receipt.Reason));
        }

        return receipts;
    }

    private List<SubscriptionStatus> Statuses()
    {
        var statuses = new List<SubscriptionStatus>();
        while (_link.TryTakeSubscriptionStatus(out _, out var status))
        {
            statuses.Add(status);
        }

        return statuses;
    }

    private UpstreamStatus LastStatus()
    {
        UpstreamStatus? last = null;
        while (_link.TryTakeStatus(out var status))
        {
            last = status;
        }

        return last!.Value;
    }
}
