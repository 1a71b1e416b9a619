using System.Diagnostics.CodeAnalysis;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// The owner of the messages of Keep routes, beside the shards. With the broker there they go straight out and are answered
/// by its PUBACK; with the broker away, silent or refusing for now, they go to disk and are answered when they are there
/// (DESIGN D-11). A device has one message on its way at a time, so its messages reach the broker in the order in which they
/// came. Payloads on disk are not in memory; of each device only how many there are.
/// </summary>
public sealed partial class OutboxDesk
{
    private static readonly TimeSpan AgeCheck = TimeSpan.FromMinutes(1);

    private readonly OutboxSettings _settings;
    private readonly int _owner;
    private readonly Dictionary<string, OutboxDevice> _devices = [];
    private readonly Dictionary<ulong, OutboxDevice> _flights = [];
    private readonly Queue<OutboxDevice> _ready = new();
    private readonly PriorityQueue<OutboxDevice, Instant> _blocked = new();
    private readonly Queue<(Instant Due, OutboxEntry Entry)> _patience = new();
    private readonly Queue<OutboxWrite> _writes = new();
    private readonly Queue<OutboxRead> _reads = new();
    private readonly Queue<Publish> _publishes = new();
    private readonly Queue<OutboxReceipt> _receipts = new();
    private TimeOfDay? _timeOfDay;
    private UpstreamStatus _upstream = new(UpstreamState.Away);
    private Instant? _ageCheck;
    private ulong _lastTicket;
    private long _lastId;
    private long _expiredBefore;
    private long _count;
    private long _bytes;
    private long _writingBytes;
    private long _quarantinedCount;
    private int _draining;
    private bool _isLoaded;
    private bool _isStopping;

    /// <param name="settings">Its limits.</param>
    /// <param name="owner">Its number as a publisher: that after the last shard's.</param>
    public OutboxDesk(OutboxSettings settings, int owner)
    {
        _settings = settings;
        _owner = owner;
    }

    /// <summary>What was counted since the start.</summary>
    public OutboxCounters Counters { get; } = new();

    /// <summary>Messages on disk that the broker has not acknowledged, quarantine aside.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>What is on disk counts for so many bytes, quarantine included.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Above so many <see cref="Bytes"/> nothing more is stored.</summary>
    public long MaximumBytes => _settings.MaximumBytes;

    /// <summary>Messages that the broker did not take.</summary>
    public long QuarantinedCount => Volatile.Read(ref _quarantinedCount);

    public Instant? NextDeadline => Instant.Earliest(
        _ageCheck,
        Instant.Earliest(
            _patience.TryPeek(out var first) ? first.Due : null,
            IsSending && _blocked.TryPeek(out _, out var due) ? due : null));

    private bool IsSending => _upstream.State == UpstreamState.Connected && !_isStopping && _isLoaded;

    /// <summary>The time of day, which ids are made of; to be told at the start and from time to time.</summary>
    public void HandleTimeOfDay(Instant now, DateTimeOffset utcNow) => _timeOfDay = new TimeOfDay(now, utcNow);

    /// <summary>What an earlier run left; who has waited longest comes first. Before it messages are refused: they might overtake what is stored.</summary>
    public void Load(Instant now, IEnumerable<StoredMessages> stored)
    {
        ArgumentNullException.ThrowIfNull(stored);
        _isLoaded = true;
        _ageCheck = now;
        foreach (var one in stored.OrderBy(one => one.First))
        {
            _lastId = Math.Max(_lastId, one.Last);
            _bytes += one.Bytes;
            if (one.Device is null)
            {
                _quarantinedCount += one.Count;
                continue;
            }

            _count += one.Count;
            var device = Find(one.Device);
            device.Stored += one.Count;
            device.LastRead = 0;
        }

        EnqueueAll();
        Pump(now);
    }

    /// <summary>Takes a message in; its receipt comes later.</summary>
    public void HandleMessage(Instant now, in KeptMessage kept)
    {
        var entry = new OutboxEntry(kept.Device, kept.Message, OutboxEntry.SizeOf(kept.Message)) { Request = (kept.Shard, kept.Ticket) };
        if (!_isLoaded)
        {
            Counters.CountNotStored();
            Answer(entry, new Receipt(0, ReceiptOutcome.NotStored));
            return;
        }

        var device = Find(kept.Device);
        if (!IsSending || device.IsOnDisk || device.BlockedUntil is not null)
        {
            Store(now, device, entry);
        }
        else
        {
            _patience.Enqueue((now + _settings.Patience, entry));
            device.Waiting.Enqueue(entry);
            SendWaiting(now, device);
        }

        Forget(device);
    }

    /// <summary>How the broker link stands. Tell it before receipts that were there at the same time.</summary>
    public void HandleUpstream(Instant now, in UpstreamStatus status)
    {
        _upstream = status;
        if (status.State == UpstreamState.Connected)
        {
            EnqueueAll();
            Pump(now);
        }
        else
        {
            StoreAll(now);
        }
    }

    /// <summary>From now on nothing new is sent: what is in memory goes to disk.</summary>
    public void BeginDrain(Instant now)
    {
        _isStopping = true;
        StoreAll(now);
    }

    public void HandleTimeout(Instant now)
    {
        while (_patience.TryPeek(out var first) && (first.Due <= now || first.Entry.Where != OutboxEntry.Place.Memory || first.Entry.IsDone))
        {
            _patience.Dequeue();
            if (first.Entry is { Where: OutboxEntry.Place.Memory, IsDone: false } && _devices.TryGetValue(first.Entry.Device, out var device))
            {
                StoreAll(now, device);
            }
        }

        Pump(now);
        if (_ageCheck <= now)
        {
            Expire(now);
        }
    }

    /// <summary>What the driver writes, in order.</summary>
    public bool TryTakeWrite([MaybeNullWhen(false)] out OutboxWrite write) => _writes.TryDequeue(out write);

    /// <summary>What the driver reads, after it has written what there was.</summary>
    public bool TryTakeRead(out OutboxRead read) => _reads.TryDequeue(out read);

    /// <summary>What goes to the broker link.</summary>
    public bool TryTakePublish(out Publish publish) => _publishes.TryDequeue(out publish);

    /// <summary>What shards hear.</summary>
    public bool TryTakeReceipt(out OutboxReceipt receipt) => _receipts.TryDequeue(out receipt);

    /// <summary>It is on disk, and outlives a power cut.</summary>
    public void HandleStored(Instant now, OutboxWrite.Add write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var entry = write.Entry;
        var device = Find(entry.Device);
        device.Writing--;
        _writingBytes -= entry.Size;
        entry.Where = OutboxEntry.Place.Disk;
        device.Stored++;
        Volatile.Write(ref _count, _count + 1);
        Volatile.Write(ref _bytes, _bytes + entry.Size);
        Counters.CountStored();
        Answer(entry, new Receipt(0, ReceiptOutcome.Stored));
        if (entry.IsDone)
        {
            Leave(device, entry);
        }

        Enqueue(device);
        Pump(now);
        Forget(device);
    }

    /// <summary>The disk refuses: the device hears 5.03. It may be on its way to the broker all the same.</summary>
    public void HandleNotStored(Instant now, OutboxWrite.Add write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var entry = write.Entry;
        var device = Find(entry.Device);
        device.Writing--;
        _writingBytes -= entry.Size;
        entry.Where = OutboxEntry.Place.Memory;
        if (entry.Request is not null)
        {
            Counters.CountNotStored();
        }

        Answer(entry, new Receipt(0, ReceiptOutcome.NotStored));
        Enqueue(device);
        Pump(now);
        Forget(device);
    }

    /// <summary>So much was dropped by age, of each device and of the quarantine.</summary>
    public void HandleExpired(IEnumerable<StoredMessages> dropped)
    {
        ArgumentNullException.ThrowIfNull(dropped);
        foreach (var one in dropped)
        {
            Counters.CountExpired(one.Device is null ? 0 : one.Count);
            Drop(one);
        }
    }

    /// <summary>It is not on disk any more.</summary>
    private void Drop(in StoredMessages gone)
    {
        Volatile.Write(ref _bytes, _bytes - gone.Bytes);
        if (gone.Device is null)
        {
            Volatile.Write(ref _quarantinedCount, _quarantinedCount - gone.Count);
            return;
        }

        Volatile.Write(ref _count, _count - gone.Count);
        var device = Find(gone.Device);
        device.Stored -= gone.Count;
        Forget(device);
    }
}
