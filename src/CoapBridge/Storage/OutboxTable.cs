using CoapBridge.Mqtt;
using CoapBridge.Relay;
using Microsoft.Data.Sqlite;

namespace CoapBridge.Storage;

/// <summary>The outbox's part of the database: messages in the order of their ids, and those that the broker did not take.</summary>
internal sealed partial class OutboxTable : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS outbox (
            id INTEGER PRIMARY KEY, device TEXT NOT NULL, bytes INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL,
            retain INTEGER NOT NULL, expiry INTEGER, content_type TEXT, is_text INTEGER NOT NULL, properties TEXT NOT NULL);
        CREATE INDEX IF NOT EXISTS outbox_device ON outbox (device, id, bytes);
        CREATE TABLE IF NOT EXISTS outbox_quarantine (
            id INTEGER PRIMARY KEY, device TEXT NOT NULL, bytes INTEGER NOT NULL, topic TEXT NOT NULL, payload BLOB NOT NULL,
            retain INTEGER NOT NULL, expiry INTEGER, content_type TEXT, is_text INTEGER NOT NULL, properties TEXT NOT NULL,
            reason TEXT NOT NULL);
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _add;
    private readonly SqliteCommand _remove;
    private readonly SqliteCommand _quarantine;
    private readonly SqliteCommand _read;
    private readonly SqliteCommand _first;
    private long _firstId;

    public OutboxTable(OutboxFile file)
    {
        _connection = file.Connection;
        using (var schema = Command(Schema))
        {
            schema.ExecuteNonQuery();
        }

        _add = Command(
            """
            INSERT INTO outbox (id, device, bytes, topic, payload, retain, expiry, content_type, is_text, properties)
            VALUES ($id, $device, $bytes, $topic, $payload, $retain, $expiry, $type, $text, $properties)
            """,
            "$id", "$device", "$bytes", "$topic", "$payload", "$retain", "$expiry", "$type", "$text", "$properties");
        _remove = Command("DELETE FROM outbox WHERE id = $id", "$id");
        _quarantine = Command("INSERT OR REPLACE INTO outbox_quarantine SELECT *, $reason FROM outbox WHERE id = $id", "$id", "$reason");
        _read = Command(
            """
            SELECT id, topic, payload, retain, expiry, content_type, is_text, properties
            FROM outbox WHERE device = $device AND id > $after ORDER BY id LIMIT 1
            """,
            "$device", "$after");
        _first = Command("SELECT COALESCE(MIN(id), 0) FROM outbox");
        Volatile.Write(ref _firstId, (long)_first.ExecuteScalar()!);
    }

    public void Dispose()
    {
        _add.Dispose();
        _remove.Dispose();
        _quarantine.Dispose();
        _read.Dispose();
        _first.Dispose();
    }

    /// <summary>How much there is of each device, and in quarantine.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public List<StoredMessages> Load() => Sum(long.MaxValue, null);

    /// <summary>The device's first message whose id is larger; null when there is none.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public (long Id, ApplicationMessage Message)? Read(OutboxRead read)
    {
        _read.Parameters[0].Value = read.Device;
        _read.Parameters[1].Value = read.After;
        using var reader = _read.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), Message(reader)) : null;
    }

    /// <summary>The smallest id of those that wait, 0 when none does; anybody may ask.</summary>
    public long FirstId => Volatile.Read(ref _firstId);

    /// <summary>All of them or, with an exception, none; on disk when it returns.</summary>
    /// <exception cref="SqliteException">The disk is full, or cannot be written.</exception>
    public OutboxOutcome Apply(IEnumerable<OutboxWrite> writes)
    {
        var outcome = new OutboxOutcome([], []);
        using var transaction = _connection.BeginTransaction();
        foreach (var write in writes)
        {
            switch (write)
            {
                case OutboxWrite.Add add:
                    Bind(add.Entry);
                    Execute(_add, transaction);
                    break;
                case OutboxWrite.Remove remove:
                    Remove(remove.Id, transaction);
                    break;
                case OutboxWrite.Quarantine quarantine:
                    _quarantine.Parameters[0].Value = quarantine.Id;
                    _quarantine.Parameters[1].Value = quarantine.Reason;
                    Execute(_quarantine, transaction);
                    Remove(quarantine.Id, transaction);
                    break;
                case OutboxWrite.Expire expire:
                    outcome.Expired.AddRange(Expire(expire.Before, transaction));
                    break;
                case OutboxWrite.Obey obey:
                    outcome.Obeyed.Add((obey, Obey(obey, transaction)));
                    break;
            }
        }

        _first.Transaction = transaction;
        var first = (long)_first.ExecuteScalar()!;
        transaction.Commit();
        Volatile.Write(ref _firstId, first);
        return outcome;
    }

    private List<StoredMessages> Expire(long before, SqliteTransaction transaction)
    {
        var dropped = Sum(before, transaction);
        if (dropped.Count > 0)
        {
            using var delete = Command("DELETE FROM outbox WHERE id < $before; DELETE FROM outbox_quarantine WHERE id < $before", "$before");
            delete.Parameters[0].Value = before;
            Execute(delete, transaction);
        }

        return dropped;
    }

    private List<StoredMessages> Sum(long before, SqliteTransaction? transaction)
    {
        // Without a bound the index alone answers.
        var isAll = before == long.MaxValue;
        using var command = isAll
            ? Command(
                """
                SELECT device, COUNT(*), SUM(bytes), MIN(id), MAX(id) FROM outbox GROUP BY device
                UNION ALL SELECT NULL, COUNT(*), SUM(bytes), MIN(id), MAX(id) FROM outbox_quarantine HAVING COUNT(*) > 0
                """)
            : Command(
                """
                SELECT device, COUNT(*), SUM(bytes), MIN(id), MAX(id) FROM outbox NOT INDEXED WHERE id < $before GROUP BY device
                UNION ALL SELECT NULL, COUNT(*), SUM(bytes), MIN(id), MAX(id) FROM outbox_quarantine WHERE id < $before HAVING COUNT(*) > 0
                """,
                "$before");
        if (!isAll)
        {
            command.Parameters[0].Value = before;
        }

        command.Transaction = transaction;
        using var reader = command.ExecuteReader();
        var sums = new List<StoredMessages>();
        while (reader.Read())
        {
            sums.Add(new StoredMessages(reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(4)) { First = reader.GetInt64(3) });
        }

        return sums;
    }

    private void Remove(long id, SqliteTransaction transaction)
    {
        _remove.Parameters[0].Value = id;
        Execute(_remove, transaction);
    }

    private void Bind(OutboxEntry entry)
    {
        var message = entry.Message;
        var values = _add.Parameters;
        values[0].Value = entry.Id;
        values[1].Value = entry.Device;
        values[2].Value = entry.Size;
        values[3].Value = message.Topic;
        values[4].Value = message.Payload.ToArray();
        values[5].Value = message.Retain;
        values[6].Value = (object?)message.MessageExpiryInterval ?? DBNull.Value;
        values[7].Value = (object?)message.ContentType ?? DBNull.Value;
        values[8].Value = message.PayloadIsUtf8;
        values[9].Value = string.Join(OutboxSearch.Separator, message.UserProperties.SelectMany(property => new[] { property.Name, property.Value }));
    }

    private static ApplicationMessage Message(SqliteDataReader reader) => new()
    {
        Topic = reader.GetString(1),
        Payload = (byte[])reader[2],
        QualityOfService = QualityOfService.AtLeastOnce,
        Retain = reader.GetBoolean(3),
        MessageExpiryInterval = reader.IsDBNull(4) ? null : (uint)reader.GetInt64(4),
        ContentType = reader.IsDBNull(5) ? null : reader.GetString(5),
        PayloadIsUtf8 = reader.GetBoolean(6),
        UserProperties = [.. OutboxSearch.Properties(reader.GetString(7))],
    };

    private static void Execute(SqliteCommand command, SqliteTransaction transaction)
    {
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string text, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // the texts are constants of this file
        command.CommandText = text;
#pragma warning restore CA2100
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name, Value = DBNull.Value });
        }

        return command;
    }
}
