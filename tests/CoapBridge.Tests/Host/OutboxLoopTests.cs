using System.Text;
using CoapBridge.Mqtt;
using CoapBridge.Outbox;
using CoapBridge.Relay;
using CoapBridge.Storage;
using CoapBridge.Telemetry;
using CoapBridge.Upstream;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Tests.Host;

/// <summary>The thread of the outbox with a real file: no success before the disk has it, and none when the disk refuses.</summary>
public sealed class OutboxLoopTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-outbox-");
    private readonly UpstreamInbox _upstream = new(() => { });
    private readonly System.Collections.Concurrent.ConcurrentQueue<Receipt> _receipts = new();
    private readonly List<Exception> _faults = [];
    private readonly OutboxClaim _claim;
    private string? _alarm;

    public OutboxLoopTests() => _claim = new OutboxClaim(FilePath);

    private string FilePath => Path.Combine(_folder.FullName, "state", "outbox.db");

    public void Dispose()
    {
        Assert.Empty(_faults);
        _claim.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void What_is_stored_comes_back_whole_after_a_restart_and_leaves_when_it_is_acknowledged()
    {
        var message = Message("1") with
        {
            Retain = true, MessageExpiryInterval = 1000, ContentType = "application/json", PayloadIsUtf8 = true,
            UserProperties = [new("device", "d"), new("empty", ""), new("message_id", "0a")],
        };
        using (var loop = Start())
        {
            loop.TryPost(OutboxMail.Of(new KeptMessage(0, 7, "d", message)));
            Assert.Equal(new Receipt(7, ReceiptOutcome.Stored), Heard());
        }

        using (var loop = Start())
        {
            Assert.Equal(1, loop.Desk.Count);
            loop.TryPost(OutboxMail.Of(new UpstreamStatus(UpstreamState.Connected)));
            var sent = Sent();
            Assert.Equal(message.Payload.ToArray(), sent.Message.Payload.ToArray());
            Assert.Equal(message.UserProperties, sent.Message.UserProperties);
            Assert.InRange(sent.Message.MessageExpiryInterval!.Value, 900u, 1000u);
            Assert.Equal(
                (message.Topic, true, "application/json", true, QualityOfService.AtLeastOnce),
                (sent.Message.Topic, sent.Message.Retain, sent.Message.ContentType, sent.Message.PayloadIsUtf8, sent.Message.QualityOfService));
            loop.TryPost(OutboxMail.Of(new Receipt(sent.Ticket, ReceiptOutcome.Acknowledged)));
        }

        using var again = Start();
        Assert.Equal(0, again.Desk.Count);
        Assert.Equal(0, again.Desk.Bytes);
    }

    [Fact]
    public void What_was_posted_before_the_end_is_stored_though_the_broker_was_there()
    {
        using (var loop = Start())
        {
            loop.TryPost(OutboxMail.Of(new UpstreamStatus(UpstreamState.Connected)));
            loop.TryPost(OutboxMail.Of(new KeptMessage(0, 1, "d", Message("1"))));
            loop.TryPost(OutboxMail.Of(new KeptMessage(0, 2, "d", Message("2"))));
        }

        Assert.Equal([ReceiptOutcome.Stored, ReceiptOutcome.Stored], _receipts.Select(receipt => receipt.Outcome));
        using var again = Start();
        Assert.Equal(2, again.Desk.Count);
    }

    [Fact]
    public void A_disk_that_refuses_is_told_and_tried_again_and_nothing_is_accepted_meanwhile()
    {
        var obstacle = Path.Combine(_folder.FullName, "state");
        File.WriteAllText(obstacle, "no folder");
        using var loop = Start();
        loop.TryPost(OutboxMail.Of(new KeptMessage(0, 1, "d", Message("1"))));
        Assert.Equal(ReceiptOutcome.NotStored, Heard().Outcome);
        Assert.NotNull(Volatile.Read(ref _alarm));
        File.Delete(obstacle);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _alarm) is null, Patience));
        loop.TryPost(OutboxMail.Of(new KeptMessage(0, 2, "d", Message("2"))));
        Assert.Equal(ReceiptOutcome.Stored, Heard().Outcome);
    }

    [Fact]
    public void A_disk_that_takes_some_and_refuses_others_is_told_once_until_it_has_taken_everything_for_a_while()
    {
        var alarms = 0;
        using var loop = Start(text => alarms += text is null ? 0 : 1);
        using var other = OutboxFile.Join(FilePath);
        for (var round = 0; round < 5; round++)
        {
            // It stands in for a disk without room for this one.
            other.Database.Execute("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END");
            loop.TryPost(OutboxMail.Of(new KeptMessage(0, 1, "d", Message("1"))));
            Assert.Equal(ReceiptOutcome.NotStored, Heard().Outcome);
            other.Database.Execute("DROP TRIGGER full");
            loop.TryPost(OutboxMail.Of(new KeptMessage(0, 2, "d", Message("2"))));
            Assert.Equal(ReceiptOutcome.Stored, Heard().Outcome);
        }

        Assert.Equal(1, alarms);
    }

    [Fact]
    public void The_broker_s_refusal_for_good_puts_a_stored_message_into_quarantine_which_is_counted_at_the_next_start()
    {
        using (var loop = Start())
        {
            loop.TryPost(OutboxMail.Of(new KeptMessage(0, 1, "d", Message("1"))));
            Heard();
            loop.TryPost(OutboxMail.Of(new UpstreamStatus(UpstreamState.Connected)));
            loop.TryPost(OutboxMail.Of(new Receipt(Sent().Ticket, ReceiptOutcome.Acknowledged, MqttReasonCode.NotAuthorized)));
        }

        using var again = Start();
        Assert.Equal((0L, 1L), (again.Desk.Count, again.Desk.QuarantinedCount));
        Assert.True(again.Desk.Bytes > 0);
    }

    [Fact]
    public void Messages_that_are_too_old_are_dropped_with_the_quarantine()
    {
        using var file = OutboxFile.Open(FilePath);
        using var table = new OutboxTable(file);
        var desk = new OutboxDesk(new OutboxSettings(), 1);
        var now = new CoapBridge.Wire.Instant(0);
        desk.HandleTimeOfDay(now, DateTimeOffset.UtcNow);
        desk.Load(now, table.Load());
        foreach (var device in new[] { "a", "a", "b" })
        {
            desk.HandleMessage(now, new KeptMessage(0, 1, device, Message("x")));
        }

        List<OutboxWrite> writes = [];
        while (desk.TryTakeWrite(out var write))
        {
            writes.Add(write);
        }

        table.Apply(writes);
        var last = ((OutboxWrite.Add)writes[^1]).Entry;
        table.Apply([new OutboxWrite.Quarantine(((OutboxWrite.Add)writes[0]).Entry.Id, "0x87")]);
        var dropped = table.Apply([new OutboxWrite.Expire(last.Id)]).Expired;
        Assert.Equal([("a", 1L, last.Size), (null, 1L, last.Size)], dropped.Select(one => (one.Device, one.Count, one.Bytes)));
        Assert.Equal(new StoredMessages("b", 1, last.Size, last.Id) { First = last.Id }, Assert.Single(table.Load()));
    }

    [Fact]
    public async Task An_order_is_answered_when_it_is_done_on_disk()
    {
        using (var loop = Start())
        {
            loop.TryPost(OutboxMail.Of(new KeptMessage(0, 1, "d", Message("0a") with { MessageExpiryInterval = 1000 })));
            loop.TryPost(OutboxMail.Of(new KeptMessage(0, 2, "e", Message("0b"))));
            Heard();
            Heard();
            loop.TryPost(OutboxMail.Of(new UpstreamStatus(UpstreamState.Connected)));
            loop.TryPost(OutboxMail.Of(new Receipt(Sent().Ticket, ReceiptOutcome.Acknowledged, MqttReasonCode.NotAuthorized)));
            loop.TryPost(OutboxMail.Of(new Receipt(Sent().Ticket, ReceiptOutcome.Acknowledged, MqttReasonCode.NotAuthorized)));
            Assert.True(SpinWait.SpinUntil(() => loop.Desk.QuarantinedCount == 2, Patience));

            Assert.Equal(0, (await Ask(loop, new OutboxOrder(OutboxAction.Retry) { MessageIds = ["0c"] })).Messages);
            Assert.Equal(1, (await Ask(loop, new OutboxOrder(OutboxAction.Retry) { MessageIds = ["0a"] })).Messages);
            var again = Sent();
            Assert.Equal("0a", Encoding.UTF8.GetString(again.Message.Payload.Span));
            Assert.InRange(again.Message.MessageExpiryInterval!.Value, 900u, 1000u);
            loop.TryPost(OutboxMail.Of(new Receipt(again.Ticket, ReceiptOutcome.Acknowledged)));
            Assert.True(SpinWait.SpinUntil(() => loop.Desk.Count == 0, Patience));
            var purged = await Ask(loop, new OutboxOrder(OutboxAction.PurgeQuarantine) { Device = "e" });
            Assert.Equal((1L, true, null), (purged.Messages, purged.Bytes > 0, purged.Problem));
        }

        using var last = Start();
        Assert.Equal((0L, 0L, 0L), (last.Desk.Count, last.Desk.QuarantinedCount, last.Desk.Bytes));
    }

    [Fact]
    public void A_damaged_file_that_this_thread_is_the_first_to_open_is_told()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, "this was a database once, or would have become one");
        var log = new FormattedLogger(new LineFormatter(toJournal: true, TimeProvider.System));
        Start(log: log).Dispose();
        Assert.StartsWith($"<3>outbox_damaged set_aside={FilePath}.damaged-", log.Text.ToString(), StringComparison.Ordinal);
    }

    private static Task<OutboxAnswer> Ask(OutboxLoop loop, OutboxOrder order)
    {
        var request = new OutboxRequest(order);
        Assert.True(loop.TryPost(OutboxMail.Of(request)));
        return request.Answer.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private OutboxLoop Start(Action<string?>? alarm = null, ILogger? log = null)
    {
        var loop = new OutboxLoop(
            new OutboxDesk(new OutboxSettings(), 1), _claim, _upstream,
            answer =>
            {
                _receipts.Enqueue(answer.Receipt);
                return true;
            },
            alarm ?? (text => Volatile.Write(ref _alarm, text)), _ => { }, _faults.Add, log ?? NullLogger.Instance);
        loop.Start();
        return loop;
    }

    private Receipt Heard()
    {
        Receipt receipt = default;
        Assert.True(SpinWait.SpinUntil(() => _receipts.TryDequeue(out receipt), Patience));
        return receipt;
    }

    private Publish Sent()
    {
        Publish publish = default;
        Assert.True(SpinWait.SpinUntil(() => _upstream.TryTake(out publish), Patience));
        return publish;
    }

    private static ApplicationMessage Message(string text) =>
        new() { Topic = "devices/d/e", Payload = Encoding.UTF8.GetBytes(text), QualityOfService = QualityOfService.AtLeastOnce, UserProperties = [new("message_id", text)] };
}
