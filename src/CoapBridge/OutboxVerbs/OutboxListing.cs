using CoapBridge.Relay;
using CoapBridge.Storage;
using Microsoft.Data.Sqlite;

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
        using var connection = TryOpen(path);
        return connection is null ? new OutboxListing([], []) : new OutboxListing(ReadWaiting(connection, device), ReadQuarantine(connection, device));
    }

    /// <summary>What an order would be about, as far as is known now.</summary>
    /// <exception cref="SqliteException">The file cannot be read.</exception>
    public static IReadOnlyList<(long Id, string Device, long Bytes)> Find(string path, OutboxOrder order)
    {
        using var connection = TryOpen(path);
        return connection is null ? [] : OutboxSearch.Find(connection, order, long.MaxValue);
    }

    /// <summary>Null when there is no such file, or nothing was ever stored in it.</summary>
    private static SqliteConnection? TryOpen(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('outbox', 'outbox_quarantine')";
            if ((long)command.ExecuteScalar()! == 2)
            {
                return connection;
            }
        }
        catch
        {
            connection.Dispose();
            throw;
        }

        connection.Dispose();
        return null;
    }

    private static List<WaitingMessages> ReadWaiting(SqliteConnection connection, string? device)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT device, COUNT(*), SUM(bytes), MIN(id) FROM outbox WHERE $device IS NULL OR device = $device GROUP BY device ORDER BY MIN(id)";
        command.Parameters.AddWithValue("$device", (object?)device ?? DBNull.Value);
        using var reader = command.ExecuteReader();
        var waiting = new List<WaitingMessages>();
        while (reader.Read())
        {
            waiting.Add(new WaitingMessages(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), OutboxEntry.TimeOf(reader.GetInt64(3))));
        }

        return waiting;
    }

    private static List<QuarantinedMessage> ReadQuarantine(SqliteConnection connection, string? device)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, device, topic, bytes, properties, reason FROM outbox_quarantine WHERE $device IS NULL OR device = $device ORDER BY id";
        command.Parameters.AddWithValue("$device", (object?)device ?? DBNull.Value);
        using var reader = command.ExecuteReader();
        var quarantine = new List<QuarantinedMessage>();
        while (reader.Read())
        {
            var id = reader.GetInt64(0);
            quarantine.Add(new QuarantinedMessage(
                OutboxSearch.MessageIdOf(id, reader.GetString(4)), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), OutboxEntry.TimeOf(id), reader.GetString(5)));
        }

        return quarantine;
    }
}
