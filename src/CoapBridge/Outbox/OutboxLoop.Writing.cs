using CoapBridge.Relay;
using CoapBridge.Storage;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Outbox;

// What goes to disk: one transaction for all that came since the last turn, and an operator's orders in their place among it.
internal sealed partial class OutboxLoop
{
    /// <summary>Somebody waits for what is added; removals wait for each other.</summary>
    private void TakeWrites(Instant now)
    {
        while (Desk.TryTakeWrite(out var write))
        {
            _writes.Add(write);
            if (write is OutboxWrite.Quarantine quarantine)
            {
                Log.OutboxQuarantined(_log, quarantine.Id, quarantine.Reason);
            }

            _writeAt = write is OutboxWrite.Remove ? _writeAt ?? now + RemovalDelay : now;
        }
    }

    private void Write(Instant now)
    {
        _writeAt = null;
        try
        {
            // On a disk with little room a few at a time, so that little is enough.
            foreach (var slice in _writes.ToArray().Chunk(HasRoomFor(_writes) ? int.MaxValue : SmallBatch))
            {
                Apply(now, slice);
            }

            if (!_isRefused || HasRoomFor([]))
            {
                Tell(now, null);
            }
        }
        catch (SqliteException exception)
        {
            // Nothing was written: who waits is told, what is done with is removed later.
            _writes.RemoveAll(write => write is OutboxWrite.Obey);
            _request?.Failed(exception.Message);
            Refuse(now, [.. _writes.OfType<OutboxWrite.Add>()], exception.Message);
            _writeAt = _writes.Count > 0 ? now + Retry : null;
        }
    }

    private void Apply(Instant now, OutboxWrite[] writes)
    {
        OutboxWrite.Add[] adds = [.. writes.OfType<OutboxWrite.Add>()];
        if (adds.Length > 0 && !HasRoomFor(writes))
        {
            Refuse(now, adds, OutboxFile.NoRoom);
            writes = [.. writes.Except(adds)];
            adds = [];
        }

        var outcome = _table!.Apply(writes);
        _writes.RemoveRange(0, writes.Length);
        Desk.HandleExpired(outcome.Expired);
        outcome.Obeyed.ForEach(one => HandleObeyed(now, one.Write, one.Messages));
        Array.ForEach(adds, add => Desk.HandleStored(now, add));
    }

    private void Refuse(Instant now, OutboxWrite.Add[] adds, string problem)
    {
        _writes.RemoveAll(adds.Contains);
        Tell(now, problem);
        Array.ForEach(adds, add => Desk.HandleNotStored(now, add));
    }

    /// <summary>Removals take room as well, until the log is carried over.</summary>
    private bool HasRoomFor(IReadOnlyCollection<OutboxWrite> writes) =>
        _file!.HasRoomFor(writes.Count, writes.OfType<OutboxWrite.Add>().Sum(add => add.Entry.Size));

    private void Handle(Instant now, OutboxRequest request)
    {
        if (_table is null)
        {
            request.Failed("the file of the outbox cannot be opened now");
            return;
        }

        _request = request;
        Desk.HandleOrder(now, request.Order);
        TakeWrites(now);
        try
        {
            Write(now);
        }
        finally
        {
            // Whatever went wrong with it does so once.
            _writes.RemoveAll(write => write is OutboxWrite.Obey);
            request.Failed("it failed, and the gateway's log says why");
            _request = null;
        }
    }

    private void HandleObeyed(Instant now, OutboxWrite.Obey write, List<StoredMessages> messages)
    {
        Desk.HandleObeyed(now, write, messages);
        Log.OutboxObeyed(_log, SnakeCase.Of(write.Order.Action.ToString()), messages.Sum(one => one.Count), messages.Sum(one => one.Bytes));
        _request?.Done(messages);
    }
}
