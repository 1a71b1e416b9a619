using CoapBridge.Wire;

namespace CoapBridge.Relay;

// What goes to disk and leaves it.
public sealed partial class OutboxDesk
{
    private void StoreAll(Instant now)
    {
        foreach (var device in _devices.Values)
        {
            StoreAll(now, device);
        }
    }

    /// <summary>What is in memory goes to disk in order, that which is on its way to the broker first.</summary>
    private void StoreAll(Instant now, OutboxDevice device)
    {
        if (device.Flight is { Where: OutboxEntry.Place.Memory, Request: not null } flight)
        {
            Store(now, device, flight);
        }

        while (device.Waiting.TryDequeue(out var waiting))
        {
            Store(now, device, waiting);
        }
    }

    private void Store(Instant now, OutboxDevice device, OutboxEntry entry)
    {
        if (_bytes + _writingBytes + entry.Size > _settings.MaximumBytes)
        {
            Counters.CountFull();
            Answer(entry, new Receipt(0, ReceiptOutcome.OutboxFull));
            return;
        }

        entry.Id = NextId(now);
        entry.Where = OutboxEntry.Place.Writing;
        device.Writing++;
        _writingBytes += entry.Size;
        _writes.Enqueue(new OutboxWrite.Add(entry));
    }

    private long NextId(Instant now)
    {
        var first = _timeOfDay is { } clock ? OutboxEntry.FirstIdAt(clock.At(now)) : 0;
        return _lastId = Math.Max(_lastId + 1, first);
    }

    /// <summary>It is done with; what is being written leaves when it is written.</summary>
    private void Leave(OutboxDevice device, OutboxEntry entry)
    {
        entry.IsDone = true;
        if (entry.Where == OutboxEntry.Place.Disk && entry.Id >= _expiredBefore)
        {
            device.Stored--;
            Volatile.Write(ref _count, _count - 1);
            Volatile.Write(ref _bytes, _bytes - entry.Size);
            _writes.Enqueue(new OutboxWrite.Remove(entry.Id));
        }

        device.LastRead = Math.Max(device.LastRead, entry.Where == OutboxEntry.Place.Disk ? entry.Id : 0);
    }

    private void Quarantine(OutboxDevice device, OutboxEntry entry, string reason)
    {
        if (entry.Id < _expiredBefore)
        {
            return;
        }

        device.Stored--;
        Volatile.Write(ref _count, _count - 1);
        Volatile.Write(ref _quarantinedCount, _quarantinedCount + 1);
        Counters.CountQuarantined();
        device.LastRead = Math.Max(device.LastRead, entry.Id);
        _writes.Enqueue(new OutboxWrite.Quarantine(entry.Id, reason));
    }

    private void Expire(Instant now)
    {
        _ageCheck = now + AgeCheck;
        if (_timeOfDay is { } clock && (_count > 0 || _quarantinedCount > 0))
        {
            _expiredBefore = Math.Max(_expiredBefore, OutboxEntry.FirstIdAt(clock.At(now) - _settings.MaximumAge));
            _writes.Enqueue(new OutboxWrite.Expire(_expiredBefore));
        }
    }

    private void Answer(OutboxEntry entry, in Receipt receipt)
    {
        if (entry.Request is { } request)
        {
            entry.Request = null;
            _receipts.Enqueue(new OutboxReceipt(request.Shard, receipt with { Ticket = request.Ticket }));
        }
    }

    private OutboxDevice Find(string name)
    {
        if (!_devices.TryGetValue(name, out var device))
        {
            device = new OutboxDevice(name) { LastRead = _lastId }; // what it had before is done with
            _devices.Add(name, device);
        }

        return device;
    }

    private void Forget(OutboxDevice device)
    {
        if (device.IsIdle)
        {
            _devices.Remove(device.Name);
        }
    }
}
