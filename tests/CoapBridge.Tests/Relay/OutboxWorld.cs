using System.Globalization;
using System.Text;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Tests.Relay;

/// <summary>An <see cref="OutboxDesk"/> with a broker and a disk that do as they are told, in virtual time.</summary>
internal sealed class OutboxWorld
{
    private const int Owner = 2;

    private readonly OutboxSettings _settings;
    private readonly Dictionary<ulong, string> _names = [];
    private readonly SortedDictionary<long, OutboxEntry> _disk = [];
    private readonly SortedDictionary<long, OutboxEntry> _quarantine = [];
    private ulong _ticket;

    public OutboxWorld(OutboxSettings? settings = null)
    {
        _settings = settings ?? new OutboxSettings();
        Restart();
    }

    public OutboxDesk Desk { get; private set; } = null!;

    public Instant Now { get; private set; } = new(TimeSpan.FromDays(3).Ticks);

    /// <summary>The disk takes nothing.</summary>
    public bool DiskRefuses { get; set; }

    /// <summary>Writes wait for <see cref="Write"/>.</summary>
    public bool DiskIsSlow { get; set; }

    public List<OutboxWrite> Unwritten { get; } = [];

    /// <summary>Sent and not answered, in order.</summary>
    public List<Publish> Sent { get; } = [];

    /// <summary>What the broker took, in order: the text of each.</summary>
    public List<string> Arrived { get; } = [];

    /// <summary>What each message's device heard.</summary>
    public Dictionary<string, Receipt> Heard { get; } = [];

    public List<string> OnDisk => [.. _disk.Values.Select(entry => Text(entry.Message))];

    /// <summary>What the broker refused for good at least once.</summary>
    public HashSet<string> Refused { get; } = [];

    public List<string> Quarantine { get; } = [];

    /// <summary>kill -9 and a start with the broker away.</summary>
    public void Restart()
    {
        Sent.Clear();
        Unwritten.Clear();
        _names.Clear();
        Desk = new OutboxDesk(_settings, Owner);
        Desk.HandleTimeOfDay(Now, UtcNow);
        Desk.Load(Now, [.. Sum(_disk), .. SumOfQuarantine(_quarantine)]);
        Settle();
    }

    public void Connect()
    {
        Desk.HandleUpstream(Now, new UpstreamStatus(UpstreamState.Connected));
        Settle();
    }

    /// <summary>The connection ends: the status first, then a receipt for all that was sent, in any order.</summary>
    public void Disconnect(Random? random = null)
    {
        Desk.HandleUpstream(Now, new UpstreamStatus(UpstreamState.Away));
        Settle();
        var lost = Sent.ToArray();
        random?.Shuffle(lost);
        Sent.Clear();
        foreach (var publish in lost)
        {
            Desk.HandleReceipt(Now, new Receipt(publish.Ticket, ReceiptOutcome.ConnectionLost));
            Settle();
        }
    }

    public void Post(string device, string text)
    {
        var message = new ApplicationMessage
        {
            Topic = $"devices/{device}/e", Payload = Encoding.UTF8.GetBytes(text), QualityOfService = QualityOfService.AtLeastOnce,
            UserProperties = [new("message_id", text)],
        };
        Post(device, message);
    }

    public void Post(string device, ApplicationMessage message)
    {
        _names.Add(++_ticket, Text(message));
        Desk.HandleMessage(Now, new KeptMessage(1, _ticket, device, message));
        Settle();
    }

    /// <summary>The broker answers the first of what was sent, or the one at a place.</summary>
    public void Answer(MqttReasonCode reason = MqttReasonCode.Success, int place = 0)
    {
        var publish = Sent[place];
        Sent.RemoveAt(place);
        if (!reason.IsFailure())
        {
            Arrived.Add(Text(publish.Message));
        }
        else if (reason == MqttReasonCode.NotAuthorized)
        {
            Refused.Add(Text(publish.Message));
        }

        Desk.HandleReceipt(Now, new Receipt(publish.Ticket, ReceiptOutcome.Acknowledged, reason));
        Settle();
    }

    /// <summary>The broker takes it, and its PUBACK is lost.</summary>
    public void TakeSilently(int place) => Arrived.Add(Text(Sent[place].Message));

    public void Pass(TimeSpan time)
    {
        var end = Now + time;
        while (Desk.NextDeadline is { } next && next <= end)
        {
            Now = next > Now ? next : Now;
            Desk.HandleTimeOfDay(Now, UtcNow);
            Desk.HandleTimeout(Now);
            Settle();
        }

        Now = end;
        Desk.HandleTimeOfDay(Now, UtcNow);
    }

    /// <summary>Answers all until nothing is sent any more.</summary>
    public void AnswerAll()
    {
        for (var idle = 0; idle < 3; idle++)
        {
            while (Sent.Count > 0)
            {
                Answer();
                idle = 0;
            }

            Pass(TimeSpan.FromMinutes(2));
        }
    }

    public void Order(OutboxOrder order)
    {
        Desk.HandleOrder(Now, order);
        while (Desk.TryTakeWrite(out var write))
        {
            Unwritten.Add(write);
        }

        Write(); // at once, however slow the disk
    }

    /// <summary>A slow disk writes what waits.</summary>
    public void Write()
    {
        foreach (var write in Unwritten.ToArray())
        {
            Unwritten.RemoveAt(0);
            Apply(write);
        }

        Settle();
    }

    public void Settle()
    {
        bool moved;
        do
        {
            moved = false;
            while (Desk.TryTakePublish(out var publish))
            {
                moved = true;
                Assert.Equal(Owner, publish.Shard);
                Sent.Add(publish);
            }

            while (Desk.TryTakeReceipt(out var receipt))
            {
                moved = true;
                Assert.Equal(1, receipt.Shard);
                Heard.Add(_names[receipt.Receipt.Ticket], receipt.Receipt);
            }

            while (Desk.TryTakeWrite(out var write))
            {
                moved = true;
                Unwritten.Add(write);
            }

            if (!DiskIsSlow)
            {
                while (Unwritten.Count > 0)
                {
                    moved = true;
                    var write = Unwritten[0];
                    Unwritten.RemoveAt(0);
                    Apply(write);
                }

                // The driver reads only after it has written what there was.
                while (Desk.TryTakeRead(out var read))
                {
                    moved = true;
                    var (id, found) = _disk.FirstOrDefault(pair => pair.Value.Device == read.Device && pair.Key > read.After);
                    Desk.HandleRead(Now, read.Device, id, found?.Message);
                }
            }
        }
        while (moved);
    }

    public static string Text(ApplicationMessage message) => Encoding.UTF8.GetString(message.Payload.Span);

    private DateTimeOffset UtcNow => new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero) + TimeSpan.FromTicks(Now.Ticks);

    private void Apply(OutboxWrite write)
    {
        switch (write)
        {
            case OutboxWrite.Add add when DiskRefuses:
                Desk.HandleNotStored(Now, add);
                break;
            case OutboxWrite.Add add:
                _disk.Add(add.Entry.Id, add.Entry);
                Desk.HandleStored(Now, add);
                break;
            case OutboxWrite.Remove remove:
                Assert.True(_disk.Remove(remove.Id));
                break;
            case OutboxWrite.Quarantine quarantine:
                _quarantine.Add(quarantine.Id, _disk[quarantine.Id]);
                Quarantine.Add(string.Create(CultureInfo.InvariantCulture, $"{Text(_disk[quarantine.Id].Message)} {quarantine.Reason}"));
                Assert.True(_disk.Remove(quarantine.Id));
                break;
            case OutboxWrite.Expire expire:
                var old = _disk.Where(pair => pair.Key < expire.Before).ToList();
                old.ForEach(pair => _disk.Remove(pair.Key));
                Desk.HandleExpired(Sum(old));
                break;
            case OutboxWrite.Obey obey:
                Obey(obey);
                break;
        }
    }

    private void Obey(OutboxWrite.Obey write)
    {
        var order = write.Order;
        var place = order.Action == OutboxAction.PurgeWaiting ? _disk : _quarantine;
        var found = place.Where(pair => pair.Key < write.FirstId && !write.OnItsWay.Contains(pair.Key)
            && (order.Device is null || pair.Value.Device == order.Device)
            && (order.MessageIds.Count == 0 || order.MessageIds.Contains(Text(pair.Value.Message)))
            && (order.Before is not { } time || pair.Key < OutboxEntry.FirstIdAt(time))).ToList();
        found.ForEach(pair => place.Remove(pair.Key));
        if (order.Action != OutboxAction.Retry)
        {
            Desk.HandleObeyed(Now, write, order.Action == OutboxAction.PurgeWaiting ? Sum(found) : SumOfQuarantine(found));
            return;
        }

        List<KeyValuePair<long, OutboxEntry>> back = [.. found.Select((pair, place) => KeyValuePair.Create(write.FirstId + place, pair.Value))];
        back.ForEach(pair => _disk.Add(pair.Key, pair.Value));
        Desk.HandleObeyed(Now, write, Sum(back));
    }

    private static IEnumerable<StoredMessages> SumOfQuarantine(IEnumerable<KeyValuePair<long, OutboxEntry>> entries)
    {
        var all = entries.ToList();
        return all.Count == 0 ? [] : [new StoredMessages(null, all.Count, all.Sum(pair => pair.Value.Size), all.Max(pair => pair.Key))];
    }

    private static List<StoredMessages> Sum(IEnumerable<KeyValuePair<long, OutboxEntry>> entries) =>
        [.. entries.GroupBy(pair => pair.Value.Device).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
            new StoredMessages(group.Key, group.Count(), group.Sum(pair => pair.Value.Size), group.Max(pair => pair.Key)) { First = group.Min(pair => pair.Key) })];
}
