using CoapBridge.Relay;
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
        List<OutboxWrite> adds = [.. _writes.Where(write => write is OutboxWrite.Add)];
        try
        {
            var outcome = _table!.Apply(_writes);
            Desk.HandleExpired(outcome.Expired);
            outcome.Obeyed.ForEach(one => HandleObeyed(now, one.Write, one.Messages));
            _writes.Clear();
            _writeAt = null;
            Tell(null);
            adds.ForEach(add => Desk.HandleStored(now, (OutboxWrite.Add)add));
        }
        catch (SqliteException exception)
        {
            // Nothing was written: who waits is told, what is done with is removed later.
            _writes.RemoveAll(write => write is OutboxWrite.Add or OutboxWrite.Obey);
            _writeAt = _writes.Count > 0 ? now + Retry : null;
            _request?.Failed(exception.Message);
            Tell(exception.Message);
            adds.ForEach(add => Desk.HandleNotStored(now, (OutboxWrite.Add)add));
        }
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
