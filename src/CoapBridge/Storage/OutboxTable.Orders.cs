using System.Runtime.InteropServices;
using CoapBridge.Relay;

namespace CoapBridge.Storage;

// What an operator wants done.
internal sealed partial class OutboxTable
{
    private List<StoredMessages> Obey(OutboxWrite.Obey write)
    {
        var next = write.FirstId;
        var sums = new Dictionary<string, StoredMessages>();
        foreach (var (id, device, bytes) in OutboxSearch.Find(_database, write.Order, write.FirstId).Where(one => !write.OnItsWay.Contains(one.Id)))
        {
            if (write.Order.Action == OutboxAction.Retry)
            {
                TakeBack(id, next);
                Add(device, bytes, next++);
            }
            else
            {
                Delete(write.Order.Action == OutboxAction.PurgeWaiting ? "outbox" : "outbox_quarantine", id);
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
    private void TakeBack(long id, long newId)
    {
        using var move = _database.Prepare(
            """
            INSERT INTO outbox (id, device, bytes, topic, payload, retain, expiry, content_type, is_text, properties)
            SELECT $new, device, bytes, topic, payload, retain, MAX(0, expiry - ($new - id) / $second), content_type, is_text, properties
            FROM outbox_quarantine WHERE id = $id
            """);
        move.Run(newId, OutboxEntry.FirstIdAt(DateTimeOffset.UnixEpoch.AddSeconds(1)), id);
        Delete("outbox_quarantine", id);
    }

    private void Delete(string table, long id)
    {
        using var delete = _database.Prepare($"DELETE FROM {table} WHERE id = $id");
        delete.Run(id);
    }
}
