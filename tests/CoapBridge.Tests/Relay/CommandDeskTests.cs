using System.Text;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Tests.Support;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Relay;

/// <summary>The command desk (PRODUCT.md, "Commands"): nothing is acknowledged that is not stored, and nothing stays for ever.</summary>
public class CommandDeskTests
{
    private const string Filter = "devices/d/c/#";

    private readonly List<CommandWrite> _writes = [];
    private CommandDesk _desk = new(new CommandDeskSettings(), 2, new SeededEntropy(1));
    private Instant _now = new(777_777_777);
    private ulong _tickets;

    public CommandDeskTests() => Tell(new DeskMessage.Connected("d", Filter));

    [Fact]
    public void A_device_that_connects_is_subscribed_for_without_retained_messages()
    {
        Assert.Equal(new SubscriptionChange(2, Filter, Wanted: true, WantsRetained: false), Assert.Single(Subscriptions()));
        Tell(new DeskMessage.Connected("d", Filter));
        Assert.Empty(Subscriptions());
    }

    [Fact]
    public void The_subscription_lingers_after_the_last_connection()
    {
        Subscriptions();
        Tell(new DeskMessage.Connected("d", Filter));
        Tell(new DeskMessage.Disconnected("d"));
        Wait(TimeSpan.FromDays(2));
        Assert.Empty(Subscriptions());
        Tell(new DeskMessage.Disconnected("d"));
        Wait(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(1));
        Assert.Empty(Subscriptions());
        Tell(new DeskMessage.Connected("d", Filter));
        Wait(TimeSpan.FromDays(2));
        Assert.Empty(Subscriptions());
        Tell(new DeskMessage.Disconnected("d"));
        Wait(TimeSpan.FromDays(1));
        Assert.False(Assert.Single(Subscriptions()).Wanted);
        Assert.IsType<CommandWrite.Unsubscribe>(_writes[^1]);
        Assert.Null(_desk.NextDeadline);
    }

    [Fact]
    public void A_device_that_comes_and_goes_leaves_nothing_behind()
    {
        for (var turn = 0; turn < 10_000; turn++)
        {
            Tell(new DeskMessage.Disconnected("d"));
            Tell(new DeskMessage.Connected("d", Filter));
            Tell(new DeskMessage.Ask("d", 0, 1, _now + TimeSpan.FromSeconds(300)));
            Deliver("a", "1");
            Tell(new DeskMessage.Replied("d", Answers()[^1].Command!.Id));
        }

        Assert.Equal(0, _desk.Count);
        Assert.Null(_desk.NextDeadline);
    }

    [Fact]
    public void A_command_is_acknowledged_and_given_only_when_it_is_stored()
    {
        var delivery = Deliver("open", "1", store: false);
        Assert.Empty(Acknowledgements());
        Assert.Null(Poll());
        Store();
        Assert.Equal(new DeliveryAcknowledgement(delivery.Ticket), Assert.Single(Acknowledgements()));
        Assert.Equal(("open", "1"), (Poll()!.Name, Text(Poll()!)));
    }

    [Fact]
    public void A_poll_hears_that_there_is_none_only_when_the_broker_has_the_subscription()
    {
        Tell(new DeskMessage.Ask("d", 1, 5, _now) { SubscribedBy = _now + TimeSpan.FromSeconds(2) });
        Wait(TimeSpan.FromSeconds(1));
        Assert.Empty(Answers());
        _desk.HandleSubscription(_now, new SubscriptionStatus(Filter, SubscriptionState.Active));
        Assert.Equal(new DeskAnswer(1, 5, 0, null), Assert.Single(Answers()));
        Tell(new DeskMessage.Ask("d", 1, 6, _now) { SubscribedBy = _now + TimeSpan.FromSeconds(2) });
        Assert.Equal(new DeskAnswer(1, 6, 0, null), Assert.Single(Answers()));
        Assert.Null(_desk.NextDeadline);
    }

    [Fact]
    public void A_subscription_that_does_not_come_is_waited_for_once()
    {
        var end = _now + TimeSpan.FromSeconds(2);
        Tell(new DeskMessage.Ask("d", 1, 5, _now) { SubscribedBy = end });
        Assert.Equal(end, _desk.NextDeadline);
        Wait(TimeSpan.FromSeconds(2));
        Assert.Equal(new DeskAnswer(1, 5, 0, null), Assert.Single(Answers()));
        Tell(new DeskMessage.Ask("d", 1, 6, _now) { SubscribedBy = _now + TimeSpan.FromSeconds(2) });
        Assert.Equal(new DeskAnswer(1, 6, 0, null), Assert.Single(Answers()));
    }

    [Fact]
    public void A_refused_subscription_is_an_answer_and_a_waiting_command_needs_none()
    {
        Tell(new DeskMessage.Ask("d", 1, 5, _now) { SubscribedBy = _now + TimeSpan.FromSeconds(2) });
        _desk.HandleSubscription(_now, new SubscriptionStatus(Filter, SubscriptionState.Refused, MqttReasonCode.NotAuthorized));
        Assert.Equal(new DeskAnswer(1, 5, 0, null), Assert.Single(Answers()));

        Tell(new DeskMessage.Connected("e", "devices/e/c/#"));
        Tell(new DeskMessage.Ask("e", 1, 6, _now) { SubscribedBy = _now + TimeSpan.FromSeconds(2) });
        Tell(new DeskMessage.Ask("e", 1, 7, _now + TimeSpan.FromSeconds(30)) { SubscribedBy = _now + TimeSpan.FromSeconds(2) });
        Assert.Empty(Answers());
        Deliver("a", "1", filter: "devices/e/c/#");
        Assert.Equal([6ul, 7ul], Answers().Where(answer => answer.Command is not null).Select(answer => answer.Ticket));
    }

    [Fact]
    public void What_an_earlier_run_had_subscribed_to_is_not_waited_for()
    {
        _desk = new CommandDesk(new CommandDeskSettings(), 2, new SeededEntropy(1));
        _desk.Load(_now, [("d", Filter)], []);
        Tell(new DeskMessage.Ask("d", 1, 5, _now) { SubscribedBy = _now + TimeSpan.FromSeconds(2) });
        Assert.Single(Answers());
    }

    [Fact]
    public void A_polled_command_stays_until_it_is_taken_and_its_reply_is_possible_for_an_hour()
    {
        Deliver("a", "1");
        Deliver("b", "2");
        var first = Poll()!;
        Assert.Equal(first, Poll());
        Tell(new DeskMessage.Taken("d", first.Id));
        Assert.Equal("2", Text(Poll()!));
        Assert.NotNull(Find(first.Id));
        Wait(TimeSpan.FromHours(1));
        Assert.Null(Find(first.Id));
        Assert.Equal(1, _desk.Count);
        Assert.Equal(0, _desk.ExpiredCount);
    }

    [Fact]
    public void A_reply_ends_a_command_taken_or_not()
    {
        Deliver("a", "1");
        Deliver("b", "2");
        var (first, second) = (Poll()!, "");
        Tell(new DeskMessage.Taken("d", first.Id));
        Tell(new DeskMessage.Replied("d", first.Id));
        second = Poll()!.Id;
        Tell(new DeskMessage.Replied("d", second));
        Assert.Null(Find(first.Id));
        Assert.Null(Poll());
        Assert.Equal(0, _desk.Count);
        Tell(new DeskMessage.Replied("d", second));
        Assert.Equal(0, _desk.Count);
    }

    [Fact]
    public void A_command_expires_with_its_message_or_after_a_week()
    {
        Deliver("a", "1", adapt: message => message with { MessageExpiryInterval = 60 });
        Deliver("b", "2");
        Deliver("c", "3", adapt: message => message with { MessageExpiryInterval = uint.MaxValue });
        Wait(TimeSpan.FromSeconds(59));
        Assert.Equal("1", Text(Poll()!));
        Wait(TimeSpan.FromSeconds(1));
        Assert.Equal("2", Text(Poll()!));
        Wait(TimeSpan.FromDays(7));
        Assert.Null(Poll());
        Assert.Equal((0, 3), (_desk.Count, _desk.ExpiredCount));
    }

    [Fact]
    public void One_observer_is_told_one_command_at_a_time()
    {
        Tell(new DeskMessage.Observe("d", 0, 7));
        Deliver("a", "1");
        Deliver("b", "2");
        var told = Assert.Single(Answers());
        Assert.Equal((0, 7ul, "1"), (told.Shard, told.Observer, Text(told.Command!)));
        Tell(new DeskMessage.Taken("d", told.Command!.Id));
        Assert.Equal("2", Text(Assert.Single(Answers()).Command!));
    }

    [Fact]
    public void The_newest_observer_is_told_and_when_it_goes_the_one_before()
    {
        Tell(new DeskMessage.Observe("d", 0, 7));
        Tell(new DeskMessage.Observe("d", 1, 7));
        Deliver("a", "1");
        Assert.Equal(1, Assert.Single(Answers()).Shard);
        Tell(new DeskMessage.Unobserve("d", 1, 7));
        var again = Assert.Single(Answers());
        Assert.Equal((0, "1"), (again.Shard, Text(again.Command!)));
        Tell(new DeskMessage.Unobserve("d", 0, 7));
        Assert.Empty(Answers());
        Assert.Equal("1", Text(Poll()!));
    }

    [Fact]
    public void A_newer_observer_does_not_wait_for_the_one_before_to_acknowledge()
    {
        Tell(new DeskMessage.Observe("d", 0, 7));
        Deliver("a", "1");
        Deliver("b", "2");
        var first = Assert.Single(Answers());
        Tell(new DeskMessage.Observe("d", 1, 8));
        var again = Assert.Single(Answers());
        Assert.Equal((1, 8ul, first.Command!.Id), (again.Shard, again.Observer, again.Command!.Id));

        // The old connection is given up, and the new one acknowledges.
        Tell(new DeskMessage.Unobserve("d", 0, 7));
        Assert.Empty(Answers());
        Tell(new DeskMessage.Taken("d", first.Command.Id));
        var next = Assert.Single(Answers());
        Assert.Equal((8ul, "2"), (next.Observer, Text(next.Command!)));

        // A late acknowledgement of the old one changes nothing.
        Tell(new DeskMessage.Taken("d", first.Command.Id));
        Assert.Empty(Answers());
    }

    [Fact]
    public void A_command_that_expires_while_it_is_told_makes_way_for_the_next()
    {
        Tell(new DeskMessage.Observe("d", 0, 7));
        Deliver("a", "1", adapt: message => message with { MessageExpiryInterval = 1 });
        Deliver("b", "2");
        Answers();
        Wait(TimeSpan.FromSeconds(1));
        Assert.Equal("2", Text(Assert.Single(Answers()).Command!));
    }

    [Fact]
    public void Who_waits_gets_the_command_that_comes_or_none_at_the_end()
    {
        Tell(new DeskMessage.Ask("d", 1, 5, _now + TimeSpan.FromSeconds(30)));
        Assert.Empty(Answers());
        Wait(TimeSpan.FromSeconds(30));
        Assert.Equal(new DeskAnswer(1, 5, 0, null), Assert.Single(Answers()));
        Tell(new DeskMessage.Ask("d", 1, 6, _now + TimeSpan.FromSeconds(30)));
        Deliver("a", "1");
        Assert.Equal((6ul, "1"), (Assert.Single(Answers()) is var answer ? answer.Ticket : 0, Text(answer.Command!)));
        Wait(TimeSpan.FromSeconds(30));
        Assert.Empty(Answers());
    }

    [Fact]
    public void Only_so_many_requests_of_a_device_may_wait()
    {
        for (ulong ticket = 1; ticket <= 4; ticket++)
        {
            Tell(new DeskMessage.Ask("d", 1, ticket, _now + TimeSpan.FromSeconds(30)));
        }

        Assert.Empty(Answers());
        Tell(new DeskMessage.Ask("d", 1, 5, _now + TimeSpan.FromSeconds(30)));
        Assert.Equal(5ul, Assert.Single(Answers()).Ticket);
    }

    [Fact]
    public void A_device_that_takes_nothing_has_room_for_64()
    {
        for (var number = 0; number < 64; number++)
        {
            Deliver("a", $"{number}");
        }

        Acknowledgements();
        Deliver("a", "65");
        Assert.Equal(MqttReasonCode.QuotaExceeded, Assert.Single(Acknowledgements()).Reason);
        Assert.Equal((64, 1), (_desk.Count, _desk.RefusedCount));
        Tell(new DeskMessage.Replied("d", Poll()!.Id));
        Deliver("a", "66");
        Assert.Equal(MqttReasonCode.Success, Assert.Single(Acknowledgements()).Reason);
    }

    [Fact]
    public void What_the_broker_sends_again_is_not_given_twice()
    {
        Deliver("a", "1");
        Deliver("a", "1", isDuplicate: true);
        Deliver("a", "2", isDuplicate: true);
        Deliver("a", "1");
        Assert.Equal(3, _desk.Count);
        Assert.Equal(4, Acknowledgements().Count);
    }

    [Fact]
    public void What_is_no_command_is_acknowledged_and_dropped()
    {
        Deliver("a", "", adapt: message => message with { Retain = true });
        Deliver("a", "1", filter: "devices/other/c/#");
        Deliver(new string('x', 254), "1");
        Assert.Equal(
            [MqttReasonCode.Success, MqttReasonCode.Success, MqttReasonCode.TopicNameInvalid], Acknowledgements().Select(one => one.Reason));
        Assert.Equal(0, _desk.Count);
    }

    [Fact]
    public void A_topic_without_levels_is_a_command_without_a_name()
    {
        _desk.HandleDelivery(_now, new Delivery(Filter, new ApplicationMessage { Topic = "devices/d/c", Payload = "1"u8.ToArray() }, 1, false));
        Store();
        Assert.Equal("", Poll()!.Name);
    }

    [Fact]
    public void A_device_has_only_its_own_commands()
    {
        Tell(new DeskMessage.Connected("e", "devices/e/c/#"));
        Deliver("a", "1");
        var id = Poll()!.Id;
        Tell(new DeskMessage.Find("e", 0, 9, id));
        Assert.Null(Assert.Single(Answers()).Command);
        Tell(new DeskMessage.Replied("e", id));
        Tell(new DeskMessage.Taken("e", id));
        Assert.NotNull(Poll());
    }

    [Fact]
    public void What_was_stored_is_there_after_a_restart()
    {
        Deliver("a", "1");
        Deliver("b", "2");
        var first = Poll()!;
        Tell(new DeskMessage.Taken("d", first.Id));
        var second = Poll()!;

        _desk = new CommandDesk(new CommandDeskSettings(), 2, new SeededEntropy(2));
        _desk.Load(_now, [("d", Filter)], [first with { IsTaken = true, Ends = _now + TimeSpan.FromMinutes(10) }, second]);
        Assert.True(Assert.Single(Subscriptions()).Wanted);
        Assert.Equal(second.Id, Poll()!.Id);
        Assert.NotNull(Find(first.Id));
        Wait(TimeSpan.FromMinutes(10));
        Assert.Null(Find(first.Id));
        Wait(TimeSpan.FromDays(1));
        Assert.False(Assert.Single(Subscriptions()).Wanted);
        Assert.Equal(second.Id, Poll()!.Id);
    }

    [Fact]
    public void A_device_of_which_nothing_is_left_costs_nothing()
    {
        for (var number = 0; number < 1_000; number++)
        {
            Tell(new DeskMessage.Connected($"d{number}", $"devices/d{number}/c/#"));
            Tell(new DeskMessage.Disconnected($"d{number}"));
        }

        Tell(new DeskMessage.Disconnected("d"));
        Wait(TimeSpan.FromDays(1));
        Assert.Null(_desk.NextDeadline);
        Assert.Equal(0, _desk.DeviceCount);
    }

    private void Tell(DeskMessage message)
    {
        _desk.HandleMessage(_now, message);
        Store();
    }

    private void Wait(TimeSpan time)
    {
        _now += time;
        _desk.HandleTimeout(_now);
        Store();
    }

    private Delivery Deliver(
        string name, string payload, bool store = true, bool isDuplicate = false, string filter = Filter, Func<ApplicationMessage, ApplicationMessage>? adapt = null)
    {
        var message = new ApplicationMessage { Topic = filter[..^1] + name, Payload = Encoding.UTF8.GetBytes(payload), ResponseTopic = "r" };
        var delivery = new Delivery(filter, adapt?.Invoke(message) ?? message, ++_tickets, isDuplicate);
        _desk.HandleDelivery(_now, delivery);
        if (store)
        {
            Store();
        }

        return delivery;
    }

    private void Store()
    {
        while (_desk.TryTakeWrite(out var write))
        {
            _writes.Add(write);
            if (write is CommandWrite.Add add)
            {
                _desk.HandleStored(_now, add);
            }
        }
    }

    private Command? Poll()
    {
        _desk.HandleMessage(_now, new DeskMessage.Ask("d", 0, 99, _now));
        return Answers().Last(answer => answer.Ticket == 99).Command;
    }

    private Command? Find(string id)
    {
        _desk.HandleMessage(_now, new DeskMessage.Find("d", 0, 98, id));
        return Answers().Last(answer => answer.Ticket == 98).Command;
    }

    private List<DeskAnswer> Answers()
    {
        var answers = new List<DeskAnswer>();
        while (_desk.TryTakeAnswer(out var answer))
        {
            answers.Add(answer);
        }

        return answers;
    }

    private List<SubscriptionChange> Subscriptions()
    {
        var changes = new List<SubscriptionChange>();
        while (_desk.TryTakeSubscription(out var change))
        {
            changes.Add(change);
        }

        return changes;
    }

    private List<DeliveryAcknowledgement> Acknowledgements()
    {
        var acknowledgements = new List<DeliveryAcknowledgement>();
        while (_desk.TryTakeAcknowledgement(out var acknowledgement))
        {
            acknowledgements.Add(acknowledgement);
        }

        return acknowledgements;
    }

    private static string Text(Command command) => Encoding.UTF8.GetString(command.Content.Payload.Span);
}
