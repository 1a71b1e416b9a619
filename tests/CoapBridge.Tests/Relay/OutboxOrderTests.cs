using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>What an operator does with stored messages: nothing is lost by it that was not meant, and nothing is counted wrong.</summary>
public class OutboxOrderTests
{
    [Fact]
    public void What_is_retried_goes_out_behind_the_devices_other_messages_and_is_counted_as_waiting_again()
    {
        var world = WithQuarantine(out var bytes);
        world.Post("a", "3");
        world.Order(new OutboxOrder(OutboxAction.Retry));
        Assert.Equal((2L, 0L, bytes), (world.Desk.Count, world.Desk.QuarantinedCount, world.Desk.Bytes - world.Desk.Bytes / 2));
        world.Connect();
        world.AnswerAll();
        Assert.Equal(["2", "3", "1"], world.Arrived);
        Assert.Equal((0L, 0L, 1L), (world.Desk.Count, world.Desk.Bytes, world.Desk.Counters.Retried));
    }

    [Fact]
    public void What_is_retried_while_the_broker_is_there_goes_out_at_once_also_of_a_device_that_is_new()
    {
        var world = WithQuarantine(out _);
        world.Restart();
        world.Connect();
        world.Order(new OutboxOrder(OutboxAction.Retry));
        world.Post("a", "3");
        world.AnswerAll();
        Assert.Equal(["2", "1", "3"], world.Arrived);
    }

    [Fact]
    public void What_is_on_its_way_while_a_retry_comes_does_not_hide_it()
    {
        var world = WithQuarantine(out _);
        world.Connect();
        world.Post("a", "3");
        world.Order(new OutboxOrder(OutboxAction.Retry));
        world.Post("a", "4");
        world.AnswerAll();
        Assert.Equal(["2", "3", "1", "4"], world.Arrived);
        Assert.Equal((0L, 0L), (world.Desk.Count, world.Desk.Bytes));
    }

    [Fact]
    public void A_retry_is_of_one_device_or_one_message_if_that_is_said()
    {
        var world = WithQuarantine(out _);
        world.Order(new OutboxOrder(OutboxAction.Retry) { Device = "b" });
        world.Order(new OutboxOrder(OutboxAction.Retry) { MessageIds = ["2"] });
        Assert.Equal(1, world.Desk.QuarantinedCount);
        world.Order(new OutboxOrder(OutboxAction.Retry) { Device = "a", MessageIds = ["1"] });
        Assert.Equal(0, world.Desk.QuarantinedCount);
    }

    [Fact]
    public void What_is_purged_from_quarantine_makes_room()
    {
        var world = WithQuarantine(out var bytes);
        Assert.Equal(bytes, world.Desk.Bytes);
        world.Order(new OutboxOrder(OutboxAction.PurgeQuarantine));
        Assert.Equal((0L, 0L, 1L), (world.Desk.QuarantinedCount, world.Desk.Bytes, world.Desk.Counters.Purged));
    }

    [Fact]
    public void What_waits_is_purged_by_device_but_for_what_is_on_its_way()
    {
        var world = new OutboxWorld();
        foreach (var text in new[] { "1", "2", "3" })
        {
            world.Post("a", text);
        }

        world.Post("b", "4");
        world.Connect();
        world.Order(new OutboxOrder(OutboxAction.PurgeWaiting) { Device = "a" });
        Assert.Equal(["1", "4"], world.OnDisk);
        world.AnswerAll();
        Assert.Equal(["1", "4"], world.Arrived);
        Assert.Equal((0L, 0L), (world.Desk.Count, world.Desk.Bytes));
        world.Post("a", "5");
        world.Answer();
        Assert.Equal("5", world.Arrived[^1]);
    }

    [Fact]
    public void What_is_purged_by_age_is_what_was_stored_before()
    {
        var world = new OutboxWorld();
        world.Post("a", "old");
        world.Pass(TimeSpan.FromDays(2));
        world.Post("a", "new");
        var now = new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero) + TimeSpan.FromTicks(world.Now.Ticks);
        world.Order(new OutboxOrder(OutboxAction.PurgeWaiting) { Before = now - TimeSpan.FromDays(1) });
        Assert.Equal(["new"], world.OnDisk);
        Assert.Equal(1, world.Desk.Count);
    }

    [Fact]
    public void What_is_being_written_when_a_purge_comes_is_told_as_stored_and_counted_right()
    {
        var world = new OutboxWorld { DiskIsSlow = true };
        world.Post("a", "1");
        world.Order(new OutboxOrder(OutboxAction.PurgeWaiting));
        Assert.Equal(ReceiptOutcome.Stored, world.Heard["1"].Outcome);
        Assert.Equal((0L, 0L), (world.Desk.Count, world.Desk.Bytes));
        world.DiskIsSlow = false;
        world.Connect();
        world.Post("a", "2");
        world.Answer();
        Assert.Equal(["2"], world.Arrived);
    }

    /// <summary>Device a has had "1" refused for good and "2" taken; the broker is away again.</summary>
    private static OutboxWorld WithQuarantine(out long bytes)
    {
        var world = new OutboxWorld();
        world.Post("a", "1");
        world.Post("a", "2");
        world.Connect();
        world.Answer(MqttReasonCode.NotAuthorized);
        world.AnswerAll();
        world.Disconnect();
        Assert.Equal(["1 0x87"], world.Quarantine);
        Assert.Equal((0L, 1L), (world.Desk.Count, world.Desk.QuarantinedCount));
        bytes = world.Desk.Bytes;
        return world;
    }
}
