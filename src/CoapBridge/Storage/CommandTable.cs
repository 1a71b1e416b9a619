using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Storage;

/// <summary>The command desk's part of the database: commands in the order in which they came, and the devices that are subscribed for.</summary>
internal sealed class CommandTable : IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS command_device (device TEXT PRIMARY KEY, filter TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS command (
            place INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, payload BLOB NOT NULL,
            format INTEGER, ends INTEGER NOT NULL, response_topic TEXT, correlation BLOB, taken INTEGER NOT NULL,
            UNIQUE (device, id));
        """;

    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _add;
    private readonly SqliteStatement _take;
    private readonly SqliteStatement _remove;
    private readonly SqliteStatement _subscribe;
    private readonly SqliteStatement _unsubscribe;

    public CommandTable(OutboxFile file)
    {
        _database = file.Database;
        _database.Execute(Schema);
        _add = _database.Prepare(
            """
            INSERT INTO command (device, id, name, payload, format, ends, response_topic, correlation, taken)
            VALUES ($device, $id, $name, $payload, $format, $ends, $topic, $correlation, 0)
            """);
        _take = _database.Prepare("UPDATE command SET taken = 1, ends = $ends WHERE device = $device AND id = $id");
        _remove = _database.Prepare("DELETE FROM command WHERE device = $device AND id = $id");
        _subscribe = _database.Prepare("INSERT OR REPLACE INTO command_device (device, filter) VALUES ($device, $filter)");
        _unsubscribe = _database.Prepare("DELETE FROM command_device WHERE device = $device");
    }

    public void Dispose()
    {
        _add.Dispose();
        _take.Dispose();
        _remove.Dispose();
        _subscribe.Dispose();
        _unsubscribe.Dispose();
    }

    public List<(string Device, string Filter)> LoadDevices()
    {
        using var statement = _database.Prepare("SELECT device, filter FROM command_device");
        using var rows = statement.Query();
        var devices = new List<(string Device, string Filter)>();
        while (rows.Read())
        {
            devices.Add((rows.Text(0), rows.Text(1)));
        }

        return devices;
    }

    /// <summary>In the order in which they came.</summary>
    public List<Command> LoadCommands(TimeOfDay clock)
    {
        using var statement = _database.Prepare("SELECT id, device, name, payload, format, ends, response_topic, correlation, taken FROM command ORDER BY place");
        using var rows = statement.Query();
        var commands = new List<Command>();
        while (rows.Read())
        {
            var content = new Content(rows.Blob(3)) { Format = rows.IsNull(4) ? null : (uint)rows.Integer(4) };
            commands.Add(new Command(
                rows.Text(0), rows.Text(1), rows.Text(2), content, clock.When(DateTimeOffset.FromUnixTimeMilliseconds(rows.Integer(5))))
            {
                ResponseTopic = rows.IsNull(6) ? null : rows.Text(6),
                CorrelationData = rows.IsNull(7) ? null : (ReadOnlyMemory<byte>?)rows.Blob(7),
                IsTaken = rows.Integer(8) != 0,
            });
        }

        return commands;
    }

    /// <summary>All of them or, with an exception, none; on disk when it returns.</summary>
    /// <exception cref="SqliteException">The disk is full, or cannot be written.</exception>
    public void Apply(TimeOfDay clock, IReadOnlyList<CommandWrite> writes) => _database.InTransaction(() =>
    {
        foreach (var write in writes)
        {
            Apply(clock, write);
        }
    });

    private void Apply(TimeOfDay clock, CommandWrite write)
    {
        switch (write)
        {
            case CommandWrite.Add { Command: var one }:
                _add.Run(
                    one.Device, one.Id, one.Name, one.Content.Payload, one.Content.Format, clock.At(one.Ends).ToUnixTimeMilliseconds(), one.ResponseTopic,
                    one.CorrelationData);
                break;
            case CommandWrite.Take take:
                _take.Run(clock.At(take.Ends).ToUnixTimeMilliseconds(), take.Device, take.Id);
                break;
            case CommandWrite.Remove remove:
                _remove.Run(remove.Device, remove.Id);
                break;
            case CommandWrite.Subscribe subscribe:
                _subscribe.Run(subscribe.Device, subscribe.Filter);
                break;
            default:
                _unsubscribe.Run(write.Device);
                break;
        }
    }
}
