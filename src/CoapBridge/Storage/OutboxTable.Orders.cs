using System.Runtime.InteropServices;
using CoapBridge.Relay;
using Microsoft.Data.Sqlite;

namespace CoapBridge.Storage;

// What an operator wants done.
internal sealed partial class OutboxTable
{
    private List<StoredMessages> Obey(OutboxWrite.Obey write, SqliteTransaction transaction)
    {
        var next = write.FirstId;
        var sums = new Dictionary<string, StoredMessages>();
        foreach (var (id, device, bytes) in OutboxSearch.Find(_connection, write.Order, write.FirstId, transaction).Where(one => !write.OnItsWay.Contains(one.Id)))
        {
            if (write.Order.Action == OutboxAction.Retry)
            {
                TakeBack(id, next, transaction);
                Add(device, bytes, next++);
            }
            else
            {
                Delete(write.Order.Action == OutboxAction.PurgeWaiting ? "outbox" : "outbox_quarantine", id, transaction);
                Add(write.Order.Action == OutboxAction.PurgeWaiting ? device : "", bytes, id);
            }
        }

        return [.. sums.Values.Select(sum => sum with { Device = sum.Device is { Length: 0 } ? null : sum.Device })];

        void Add(string of, long bytes, long id)
        {
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(sums, of, out _);
            sum = new StoredMessages(of, sum.Count + 1, sum.Bytes + bytes, id);
        }
    }

    /// <summary>Behind the device's others, with what is left of its expiry: its age begins anew.</summary>
    private void TakeBack(long id, long newId, SqliteTransaction transaction)
    {
        using var move = Command(
            """
            INSERT INTO outbox (id, device, bytes, topic, payload, retain, expiry, content_type, is_text, properties)
            SELECT $new, device, bytes, topic, payload, retain, MAX(0, expiry - ($new - id) / $second), content_type, is_text, properties
            FROM outbox_quarantine WHERE id = $id
            """,
            "$new", "$id", "$second");
        move.Parameters[0].Value = newId;
        move.Parameters[1].Value = id;
        move.Parameters[2].Value = OutboxEntry.FirstIdAt(DateTimeOffset.UnixEpoch.AddSeconds(1));
        Execute(move, transaction);
        Delete("outbox_quarantine", id, transaction);
    }

    private void Delete(string table, long id, SqliteTransaction transaction)
    {
        using var delete = Command($"DELETE FROM {table} WHERE id = $id", "$id");
        delete.Parameters[0].Value = id;
        Execute(delete, transaction);
    }
}
