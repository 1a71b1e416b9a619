using CoapBridge.Wire;

namespace CoapBridge.Relay;

// What an operator wants done with what is on disk.
public sealed partial class OutboxDesk
{
    /// <summary>
    /// Becomes an <see cref="OutboxWrite.Obey"/>, which is to be written before anything else is told: only what was stored until now is
    /// meant. Not before <see cref="Load"/>.
    /// </summary>
    public void HandleOrder(Instant now, OutboxOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (order.Action == OutboxAction.Retry)
        {
            // What is in memory is stored first: its ids must be before those of what comes back.
            foreach (var device in _devices.Values.Where(device => order.Device is null || device.Name == order.Device))
            {
                StoreAll(now, device);
            }
        }

        // Room for the ids of all that may come back: they are the newest then, so nothing that was read is before them.
        var first = NextId(now);
        _lastId += _quarantinedCount;
        var onItsWay = _flights.Values.Select(device => device.Flight!.Id).Where(id => id > 0).ToHashSet();
        _writes.Enqueue(new OutboxWrite.Obey(order, first, onItsWay));
    }

    /// <summary>It is done, on disk.</summary>
    /// <param name="now">The present.</param>
    /// <param name="write">What was written.</param>
    /// <param name="messages">What came back, of each device, or was removed.</param>
    public void HandleObeyed(Instant now, OutboxWrite.Obey write, IEnumerable<StoredMessages> messages)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(messages);
        foreach (var one in messages)
        {
            if (write.Order.Action == OutboxAction.Retry)
            {
                TakeBack(one, write.FirstId);
            }
            else
            {
                Drop(one);
                Counters.CountPurged(one.Count);
            }
        }

        Pump(now);
    }

    private void TakeBack(StoredMessages back, long firstId)
    {
        Volatile.Write(ref _quarantinedCount, _quarantinedCount - back.Count);
        Volatile.Write(ref _count, _count + back.Count);
        Counters.CountRetried(back.Count);
        var device = Find(back.Device!);
        device.Stored += back.Count;
        device.LastRead = Math.Min(device.LastRead, firstId - 1);
        Enqueue(device);
    }
}
