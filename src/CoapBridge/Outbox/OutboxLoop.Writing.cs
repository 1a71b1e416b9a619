using CoapBridge.Relay;
using CoapBridge.Storage;
using CoapBridge.Telemetry;
using CoapBridge.Wire;
using Microsoft.Data.Sqlite;

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
        if (Adds() is { Count: > 0 } adds && !_file!.HasRoomFor(adds.Count, adds.Sum(add => add.Entry.Size)))
        {
            Refuse(now, OutboxFile.NoRoom);
        }

        _writeAt = null;
        try
        {
            // On a disk with little room a few at a time, so that little is enough.
            foreach (var slice in _writes.ToArray().Chunk(_isRefused ? SmallBatch : int.MaxValue))
            {
                Apply(now, slice);
            }

            if (!_isRefused || _file!.HasRoomFor(1, 0))
            {
                Tell(now, null);
            }
        }
        catch (SqliteException exception)
        {
            // Nothing was written: who waits is told, what is done with is removed later.
            _writes.RemoveAll(write => write is OutboxWrite.Obey);
            _request?.Failed(exception.Message);
            Refuse(now, exception.Message);
            _writeAt = _writes.Count > 0 ? now + Retry : null;
        }
    }

    private void Apply(Instant now, OutboxWrite[] writes)
    {
        var outcome = _table!.Apply(writes);
        _writes.RemoveRange(0, writes.Length);
        Desk.HandleExpired(outcome.Expired);
        outcome.Obeyed.ForEach(one => HandleObeyed(now, one.Write, one.Messages));
        foreach (var add in writes.OfType<OutboxWrite.Add>())
        {
            Desk.HandleStored(now, add);
        }

        if (_isRefused)
        {
            _file!.TryEmptyLog();
        }
    }

    private List<OutboxWrite.Add> Adds() => [.. _writes.OfType<OutboxWrite.Add>()];

    private void Refuse(Instant now, string problem)
    {
        var refused = Adds();
        _writes.RemoveAll(write => write is OutboxWrite.Add);
        Tell(now, problem);
        refused.ForEach(add => Desk.HandleNotStored(now, add));
    }

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
