using CoapBridge.Mqtt;
using CoapBridge.Relay;

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

    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _add;
    private readonly SqliteStatement _remove;
    private readonly SqliteStatement _quarantine;
    private readonly SqliteStatement _read;
    private readonly SqliteStatement _first;
    private long _firstId;

    public OutboxTable(OutboxFile file)
    {
        _database = file.Database;
        _database.Execute(Schema);
        _add = _database.Prepare(
            """
            INSERT INTO outbox (id, device, bytes, topic, payload, retain, expiry, content_type, is_text, properties)
            VALUES ($id, $device, $bytes, $topic, $payload, $retain, $expiry, $type, $text, $properties)
            """);
        _remove = _database.Prepare("DELETE FROM outbox WHERE id = $id");
        _quarantine = _database.Prepare("INSERT OR REPLACE INTO outbox_quarantine SELECT *, $reason FROM outbox WHERE id = $id");
        _read = _database.Prepare(
            """
            SELECT id, topic, payload, retain, expiry, content_type, is_text, properties
            FROM outbox WHERE device = $device AND id > $after ORDER BY id LIMIT 1
            """);
        _first = _database.Prepare("SELECT MIN(id) FROM outbox");
        Volatile.Write(ref _firstId, _first.Number() ?? 0);
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
    public List<StoredMessages> Load()
    {
        // Without a bound the index alone answers.
        using var statement = _database.Prepare(
            """
            SELECT device, COUNT(*), SUM(bytes), MIN(id), MAX(id) FROM outbox GROUP BY device
            UNION ALL SELECT NULL, COUNT(*), SUM(bytes), MIN(id), MAX(id) FROM outbox_quarantine HAVING COUNT(*) > 0
            """);
        using var rows = statement.Query();
        return Sums(rows);
    }

    /// <summary>The device's first message whose id is larger; null when there is none.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public (long Id, ApplicationMessage Message)? Read(OutboxRead read)
    {
        using var rows = _read.Query(read.Device, read.After);
        return rows.Read() ? (rows.Integer(0), Message(rows)) : null;
    }

    /// <summary>The smallest id of those that wait, 0 when none does; anybody may ask.</summary>
    public long FirstId => Volatile.Read(ref _firstId);

    /// <summary>All of them or, with an exception, none; on disk when it returns.</summary>
    /// <exception cref="SqliteException">The disk is full, or cannot be written.</exception>
    public OutboxOutcome Apply(IEnumerable<OutboxWrite> writes)
    {
        var outcome = new OutboxOutcome([], []);
        var first = 0L;
        _database.InTransaction(() =>
        {
            foreach (var write in writes)
            {
                Apply(write, outcome);
            }

            first = _first.Number() ?? 0;
        });
        Volatile.Write(ref _firstId, first);
        return outcome;
    }

    private void Apply(OutboxWrite write, OutboxOutcome outcome)
    {
        switch (write)
        {
            case OutboxWrite.Add add:
                Add(add.Entry);
                break;
            case OutboxWrite.Remove remove:
                _remove.Run(remove.Id);
                break;
            case OutboxWrite.Quarantine quarantine:
                _quarantine.Run(quarantine.Reason, quarantine.Id);
                _remove.Run(quarantine.Id);
                break;
            case OutboxWrite.Expire expire:
                outcome.Expired.AddRange(Expire(expire.Before));
                break;
            case OutboxWrite.Obey obey:
                outcome.Obeyed.Add((obey, Obey(obey)));
                break;
        }
    }

    private void Add(OutboxEntry entry)
    {
        var message = entry.Message;
        _add.Run(
            entry.Id, entry.Device, entry.Size, message.Topic, message.Payload, message.Retain, message.MessageExpiryInterval, message.ContentType,
            message.PayloadIsUtf8, string.Join(OutboxSearch.Separator, message.UserProperties.SelectMany(property => new[] { property.Name, property.Value })));
    }

    private List<StoredMessages> Expire(long before)
    {
        using var sum = _database.Prepare(
            """
            SELECT device, COUNT(*), SUM(bytes), MIN(id), MAX(id) FROM outbox NOT INDEXED WHERE id < $before GROUP BY device
            UNION ALL SELECT NULL, COUNT(*), SUM(bytes), MIN(id), MAX(id) FROM outbox_quarantine WHERE id < $before HAVING COUNT(*) > 0
            """);
        using var rows = sum.Query(before);
        var dropped = Sums(rows);
        if (dropped.Count > 0)
        {
            using var waiting = _database.Prepare("DELETE FROM outbox WHERE id < $before");
            using var refused = _database.Prepare("DELETE FROM outbox_quarantine WHERE id < $before");
            waiting.Run(before);
            refused.Run(before);
        }

        return dropped;
    }

    private static List<StoredMessages> Sums(SqliteStatement.Rows rows)
    {
        var sums = new List<StoredMessages>();
        while (rows.Read())
        {
            sums.Add(new StoredMessages(rows.IsNull(0) ? null : rows.Text(0), rows.Integer(1), rows.Integer(2), rows.Integer(4)) { First = rows.Integer(3) });
        }

        return sums;
    }

    private static ApplicationMessage Message(SqliteStatement.Rows row) => new()
    {
        Topic = row.Text(1),
        Payload = row.Blob(2),
        QualityOfService = QualityOfService.AtLeastOnce,
        Retain = row.Integer(3) != 0,
        MessageExpiryInterval = row.IsNull(4) ? null : (uint)row.Integer(4),
        ContentType = row.IsNull(5) ? null : row.Text(5),
        PayloadIsUtf8 = row.Integer(6) != 0,
        UserProperties = [.. OutboxSearch.Properties(row.Text(7))],
    };
}
