using CoapBridge.Relay;
using CoapBridge.Storage;

namespace CoapBridge.OutboxVerbs;

/// <summary>What waits for the broker, of one device.</summary>
internal sealed record WaitingMessages(string Device, long Messages, long Bytes, DateTimeOffset Oldest);

/// <summary>A message that the broker did not take.</summary>
/// <param name="Id">Its <c>message_id</c>.</param>
/// <param name="Reason">The broker's reason code, or what else became of it.</param>
internal sealed record QuarantinedMessage(string Id, string Device, string Topic, long Bytes, DateTimeOffset Stored, string Reason);

/// <summary>
/// What is in the outbox, without payloads. Read from the file itself, which disturbs nobody: SQLite lets others read while the
/// gateway writes.
/// </summary>
internal sealed record OutboxListing(IReadOnlyList<WaitingMessages> Waiting, IReadOnlyList<QuarantinedMessage> Quarantine)
{
    /// <summary>Of one device, or of all.</summary>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public static OutboxListing Read(string path, string? device)
    {
        using var database = TryOpen(path);
        return database is null ? new OutboxListing([], []) : new OutboxListing(ReadWaiting(database, device), ReadQuarantine(database, device));
    }

    /// <summary>What an order would be about, as far as is known now.</summary>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public static IReadOnlyList<(long Id, string Device, long Bytes)> Find(string path, OutboxOrder order)
    {
        using var database = TryOpen(path);
        return database is null ? [] : OutboxSearch.Find(database, order, long.MaxValue);
    }

    /// <summary>Null when there is no such file, or nothing was ever stored in it.</summary>
    private static SqliteDatabase? TryOpen(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var database = SqliteDatabase.Open(path, readOnly: true);
        try
        {
            if (database.Number("SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('outbox', 'outbox_quarantine')") == 2)
            {
                return database;
            }
        }
        catch
        {
            database.Dispose();
            throw;
        }

        database.Dispose();
        return null;
    }

    private static List<WaitingMessages> ReadWaiting(SqliteDatabase database, string? device)
    {
        using var statement = database.Prepare("SELECT device, COUNT(*), SUM(bytes), MIN(id) FROM outbox WHERE $device IS NULL OR device = $device GROUP BY device ORDER BY MIN(id)");
        using var rows = statement.Query(device);
        var waiting = new List<WaitingMessages>();
        while (rows.Read())
        {
            waiting.Add(new WaitingMessages(rows.Text(0), rows.Integer(1), rows.Integer(2), OutboxEntry.TimeOf(rows.Integer(3))));
        }

        return waiting;
    }

    private static List<QuarantinedMessage> ReadQuarantine(SqliteDatabase database, string? device)
    {
        using var statement = database.Prepare("SELECT id, device, topic, bytes, properties, reason FROM outbox_quarantine WHERE $device IS NULL OR device = $device ORDER BY id");
        using var rows = statement.Query(device);
        var quarantine = new List<QuarantinedMessage>();
        while (rows.Read())
        {
            var id = rows.Integer(0);
            quarantine.Add(new QuarantinedMessage(
                OutboxSearch.MessageIdOf(id, rows.Text(4)), rows.Text(1), rows.Text(2), rows.Integer(3), OutboxEntry.TimeOf(id), rows.Text(5)));
        }

        return quarantine;
    }
}
