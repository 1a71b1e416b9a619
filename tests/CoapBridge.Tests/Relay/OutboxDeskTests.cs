using System.Text;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Relay;

/// <summary>Messages of Keep routes: answered when they are at the broker or on disk, and in order (DESIGN D-11, D-12).</summary>
public class OutboxDeskTests
{
    [Fact]
    public void With_the_broker_there_a_message_never_touches_the_disk()
    {
        var world = Connected();
        world.Post("a", "1");
        Assert.Empty(world.Heard);
        world.Answer();
        Assert.Equal(ReceiptOutcome.Acknowledged, world.Heard["1"].Outcome);
        Assert.Equal((1L, 0L), (world.Desk.Counters.Direct, world.Desk.Counters.Stored));
    }

    [Fact]
    public void With_the_broker_away_it_is_answered_when_it_is_on_disk_and_not_before()
    {
        var world = new OutboxWorld { DiskIsSlow = true };
        world.Post("a", "1");
        Assert.Empty(world.Heard);
        world.Write();
        Assert.Equal(ReceiptOutcome.Stored, world.Heard["1"].Outcome);
        Assert.Equal(["1"], world.OnDisk);
    }

    [Fact]
    public void A_device_with_stored_messages_stores_new_ones_behind_them_and_others_go_straight_out()
    {
        var world = new OutboxWorld();
        world.Post("a", "1");
        world.Connect();
        world.Post("a", "2");
        world.Post("b", "3");
        Assert.Equal(ReceiptOutcome.Stored, world.Heard["2"].Outcome);
        Assert.Equal(["1", "2"], world.OnDisk);
        Assert.Equal(["1", "3"], world.Sent.Select(publish => OutboxWorld.Text(publish.Message)));
        world.AnswerAll();
        Assert.Equal(["1", "3", "2"], world.Arrived);
        Assert.Empty(world.OnDisk);
        world.Post("a", "4");
        world.Answer();
        Assert.Equal(3, world.Desk.Counters.Stored + world.Desk.Counters.Direct - 1);
    }

    [Fact]
    public void What_was_unacknowledged_when_the_connection_was_lost_is_stored_in_order_before_anything_newer()
    {
        var world = Connected();
        world.Post("a", "1");
        world.Post("a", "2");
        world.Post("a", "3");
        world.Disconnect();
        world.Post("a", "4");
        Assert.Equal(["1", "2", "3", "4"], world.OnDisk);
        Assert.All(world.Heard.Values, receipt => Assert.Equal(ReceiptOutcome.Stored, receipt.Outcome));
        world.Connect();
        world.AnswerAll();
        Assert.Equal(["1", "2", "3", "4"], world.Arrived);
    }

    [Fact]
    public void A_broker_that_is_silent_is_not_waited_for_longer_than_patience()
    {
        var world = Connected();
        world.Post("a", "1");
        world.Post("a", "2");
        world.Pass(TimeSpan.FromSeconds(4));
        Assert.Empty(world.Heard);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(2, world.Heard.Count);
        Assert.Equal(["1", "2"], world.OnDisk);
        world.AnswerAll();
        Assert.Equal(["1", "2"], world.Arrived);
        Assert.Empty(world.OnDisk);
    }

    [Theory]
    [InlineData(MqttReasonCode.QuotaExceeded)]
    [InlineData(MqttReasonCode.UnspecifiedError)]
    [InlineData(MqttReasonCode.ImplementationSpecificError)]
    public void A_refusal_that_passes_holds_up_its_device_and_no_other(MqttReasonCode reason)
    {
        var world = Connected();
        world.Post("a", "1");
        world.Answer(reason);
        Assert.Equal(ReceiptOutcome.Stored, world.Heard["1"].Outcome);
        world.Post("a", "2");
        world.Post("b", "3");
        world.Answer();
        Assert.Equal(["3"], world.Arrived);
        Assert.Empty(world.Sent);
        world.Pass(TimeSpan.FromSeconds(1));
        world.Answer(reason);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Empty(world.Sent); // the second time it waits for longer
        world.AnswerAll();
        Assert.Equal(["3", "1", "2"], world.Arrived);
    }

    [Fact]
    public void A_refusal_for_good_is_the_answer_or_for_who_was_answered_the_quarantine()
    {
        var world = Connected();
        world.Post("a", "1");
        world.Answer(MqttReasonCode.NotAuthorized);
        Assert.Equal(MqttReasonCode.NotAuthorized, world.Heard["1"].Reason);
        Assert.Empty(world.OnDisk);

        world.Disconnect();
        world.Post("a", "2");
        world.Post("a", "3");
        world.Connect();
        world.Answer(MqttReasonCode.NotAuthorized);
        world.AnswerAll();
        Assert.Equal(["2 0x87"], world.Quarantine);
        Assert.Equal(["3"], world.Arrived);
        Assert.Equal(1, world.Desk.QuarantinedCount);
        Assert.Equal(0, world.Desk.Count);
    }

    [Fact]
    public void Nothing_is_accepted_beyond_the_size_and_there_is_room_again_when_it_has_drained()
    {
        var size = OutboxEntry.SizeOf(new ApplicationMessage { Topic = "devices/a/e", Payload = new byte[1], UserProperties = [new("message_id", "1")] });
        var world = new OutboxWorld(new OutboxSettings { MaximumBytes = 2 * size });
        world.Post("a", "1");
        world.Post("a", "2");
        world.Post("a", "3");
        Assert.Equal(ReceiptOutcome.OutboxFull, world.Heard["3"].Outcome);
        Assert.Equal(1, world.Desk.Counters.Full);
        world.Connect();
        world.AnswerAll();
        Assert.Equal(0, world.Desk.Bytes);
        world.Disconnect();
        world.Post("a", "4");
        Assert.Equal(ReceiptOutcome.Stored, world.Heard["4"].Outcome);
    }

    [Fact]
    public void A_disk_that_refuses_is_never_a_success()
    {
        var world = new OutboxWorld { DiskRefuses = true };
        world.Post("a", "1");
        Assert.Equal(ReceiptOutcome.NotStored, world.Heard["1"].Outcome);
        world.Connect();
        world.Post("a", "2");
        world.Answer();
        Assert.Equal(ReceiptOutcome.Acknowledged, world.Heard["2"].Outcome);
        world.Disconnect();
        world.DiskRefuses = false;
        world.Post("a", "3");
        Assert.Equal(ReceiptOutcome.Stored, world.Heard["3"].Outcome);
    }

    [Fact]
    public void What_is_older_than_the_limit_is_dropped_and_counted()
    {
        var world = new OutboxWorld(new OutboxSettings { MaximumAge = TimeSpan.FromDays(1) });
        world.Post("a", "1");
        world.Pass(TimeSpan.FromHours(20));
        world.Post("a", "2");
        world.Pass(TimeSpan.FromHours(5));
        Assert.Equal(["2"], world.OnDisk);
        Assert.Equal(1, world.Desk.Counters.Expired);
        Assert.Equal(1, world.Desk.Count);
        world.Connect();
        world.AnswerAll();
        Assert.Equal(["2"], world.Arrived);
        Assert.Equal(0, world.Desk.Bytes);
    }

    [Fact]
    public void A_message_that_expires_itself_tells_the_broker_what_is_left_of_its_time()
    {
        var world = new OutboxWorld();
        world.Post("a", Expiring("1", 60));
        world.Post("a", Expiring("2", 600));
        world.Pass(TimeSpan.FromSeconds(100));
        world.Connect();
        Assert.Equal(500u, Assert.Single(world.Sent).Message.MessageExpiryInterval);
        world.AnswerAll();
        Assert.Equal(["2"], world.Arrived);
        Assert.Empty(world.OnDisk);
    }

    [Fact]
    public void After_a_start_stored_messages_go_before_new_ones_of_their_device()
    {
        var world = new OutboxWorld();
        world.Post("a", "1");
        world.Post("a", "2");
        world.Restart();
        Assert.Equal(2, world.Desk.Count);
        world.Connect();
        world.Post("a", "3");
        world.AnswerAll();
        Assert.Equal(["1", "2", "3"], world.Arrived);
    }

    [Fact]
    public void After_a_start_whoever_has_waited_longest_comes_first_whatever_its_name()
    {
        var world = new OutboxWorld(new OutboxSettings { Window = 1 });
        world.Post("c", "c0");
        world.Post("a", "a0");
        world.Post("b", "b0");
        world.Post("c", "c1");
        world.Restart();
        world.Connect();
        world.AnswerAll();
        Assert.Equal(["c0", "a0", "b0", "c1"], world.Arrived);
    }

    [Fact]
    public void At_the_end_what_is_on_its_way_is_stored()
    {
        var world = Connected();
        world.Post("a", "1");
        world.Post("a", "2");
        world.Desk.BeginDrain(world.Now);
        world.Settle();
        world.Post("b", "3");
        Assert.Equal(["1", "2", "3"], world.OnDisk);
        Assert.Equal(3, world.Heard.Count);
        world.Answer();
        Assert.Equal(["2", "3"], world.OnDisk);
        Assert.Empty(world.Sent);
    }

    [Fact]
    public void Devices_take_turns_and_the_window_holds()
    {
        var world = new OutboxWorld(new OutboxSettings { Window = 2 });
        foreach (var device in new[] { "a", "b", "c" })
        {
            for (var number = 0; number < 3; number++)
            {
                world.Post(device, $"{device}{number}");
            }
        }

        world.Connect();
        Assert.Equal(2, world.Sent.Count);
        world.AnswerAll();
        Assert.Equal(["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"], world.Arrived);
    }

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public void Whatever_happens_every_success_is_at_the_broker_in_the_order_of_its_device(int seed)
    {
        var random = new Random(seed);
        var world = new OutboxWorld(new OutboxSettings { Window = random.Next(1, 5), MaximumBytes = random.Next(2) == 0 ? 4_000 : 1 << 28 });
        var posted = new List<(string Device, string Text)>();
        for (var step = 0; step < 400; step++)
        {
            Step(world, random, posted, step);
        }

        world.DiskIsSlow = world.DiskRefuses = false;
        world.Write();
        world.Disconnect(random);
        world.Connect();
        world.AnswerAll();

        var first = world.Arrived.Distinct().ToList();
        var successes = world.Heard.Where(heard => heard.Value is { Outcome: ReceiptOutcome.Stored } or { Outcome: ReceiptOutcome.Acknowledged, Reason: MqttReasonCode.Success });
        var quarantined = world.Quarantine.Select(line => line.Split(' ')[0]).ToHashSet();
        Assert.Empty(successes.Select(heard => heard.Key).Except(first).Except(quarantined));
        Assert.Empty(world.OnDisk);
        Assert.Equal(0, world.Desk.Count);
        foreach (var device in posted.GroupBy(one => one.Device))
        {
            // What was refused for good waits in quarantine; a kill before that was written lets it be tried again.
            var order = device.Select(one => one.Text).Except(world.Refused).ToList();
            var arrived = first.Where(order.Contains).ToList();
            Assert.Equal(order.Where(arrived.Contains), arrived);
        }
    }

    public static TheoryData<int> AllSeeds() => [.. Enumerable.Range(1, 300)];

    private static void Step(OutboxWorld world, Random random, List<(string Device, string Text)> posted, int step)
    {
        switch (random.Next(20))
        {
            case < 8:
                var (device, text) = ($"d{random.Next(4)}", $"m{step}");
                posted.Add((device, text));
                world.Post(device, text);
                break;
            case < 13 when world.Sent.Count > 0:
                world.Answer(place: random.Next(world.Sent.Count));
                break;
            case 13 when world.Sent.Count > 0:
                world.Answer(random.Next(2) == 0 ? MqttReasonCode.QuotaExceeded : MqttReasonCode.NotAuthorized, random.Next(world.Sent.Count));
                break;
            case 14 when world.Sent.Count > 0:
                world.TakeSilently(random.Next(world.Sent.Count));
                break;
            case 15:
                world.Disconnect(random);
                break;
            case 16:
                world.Connect();
                break;
            case 17:
                world.DiskIsSlow = !world.DiskIsSlow;
                world.Write();
                break;
            case 18:
                world.DiskRefuses = random.Next(3) == 0;
                break;
            case 19 when random.Next(4) == 0:
                world.Restart();
                break;
            case 19 when random.Next(2) == 0:
                world.Order(new OutboxOrder(OutboxAction.Retry) { Device = random.Next(2) == 0 ? null : $"d{random.Next(4)}" });
                break;
            default:
                world.Pass(TimeSpan.FromMilliseconds(random.Next(3_000)));
                break;
        }
    }

    private static OutboxWorld Connected()
    {
        var world = new OutboxWorld();
        world.Connect();
        return world;
    }

    private static ApplicationMessage Expiring(string text, uint seconds) => new()
    {
        Topic = "t", Payload = Encoding.UTF8.GetBytes(text), QualityOfService = QualityOfService.AtLeastOnce, MessageExpiryInterval = seconds,
    };
}
