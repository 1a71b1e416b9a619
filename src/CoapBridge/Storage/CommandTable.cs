using CoapBridge.Relay;
using CoapBridge.Wire;
using Microsoft.Data.Sqlite;

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

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _add;
    private readonly SqliteCommand _take;
    private readonly SqliteCommand _remove;
    private readonly SqliteCommand _subscribe;
    private readonly SqliteCommand _unsubscribe;

    public CommandTable(OutboxFile file)
    {
        _connection = file.Connection;
        using (var schema = Command(Schema))
        {
            schema.ExecuteNonQuery();
        }

        _add = Command(
            """
            INSERT INTO command (device, id, name, payload, format, ends, response_topic, correlation, taken)
            VALUES ($device, $id, $name, $payload, $format, $ends, $topic, $correlation, 0)
            """,
            "$device", "$id", "$name", "$payload", "$format", "$ends", "$topic", "$correlation");
        _take = Command("UPDATE command SET taken = 1, ends = $ends WHERE device = $device AND id = $id", "$device", "$id", "$ends");
        _remove = Command("DELETE FROM command WHERE device = $device AND id = $id", "$device", "$id");
        _subscribe = Command("INSERT OR REPLACE INTO command_device (device, filter) VALUES ($device, $filter)", "$device", "$filter");
        _unsubscribe = Command("DELETE FROM command_device WHERE device = $device", "$device");
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
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT device, filter FROM command_device";
        using var reader = command.ExecuteReader();
        var devices = new List<(string Device, string Filter)>();
        while (reader.Read())
        {
            devices.Add((reader.GetString(0), reader.GetString(1)));
        }

        return devices;
    }

    /// <summary>In the order in which they came.</summary>
    public List<Command> LoadCommands(TimeOfDay clock)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT id, device, name, payload, format, ends, response_topic, correlation, taken FROM command ORDER BY place";
        using var reader = command.ExecuteReader();
        var commands = new List<Command>();
        while (reader.Read())
        {
            var content = new Content((byte[])reader[3]) { Format = reader.IsDBNull(4) ? null : (uint)reader.GetInt64(4) };
            commands.Add(new Command(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), content,
                clock.When(DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5))))
            {
                ResponseTopic = reader.IsDBNull(6) ? null : reader.GetString(6),
                CorrelationData = reader.IsDBNull(7) ? null : (ReadOnlyMemory<byte>?)(byte[])reader[7],
                IsTaken = reader.GetInt64(8) != 0,
            });
        }

        return commands;
    }

    /// <summary>All of them or, with an exception, none; on disk when it returns.</summary>
    /// <exception cref="SqliteException">The disk is full, or cannot be written.</exception>
    public void Apply(TimeOfDay clock, IReadOnlyList<CommandWrite> writes)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var write in writes)
        {
            switch (write)
            {
                case CommandWrite.Add add:
                    Execute(_add, transaction, Values(clock, add.Command));
                    break;
                case CommandWrite.Take take:
                    Execute(_take, transaction, take.Device, take.Id, clock.At(take.Ends).ToUnixTimeMilliseconds());
                    break;
                case CommandWrite.Remove remove:
                    Execute(_remove, transaction, remove.Device, remove.Id);
                    break;
                case CommandWrite.Subscribe subscribe:
                    Execute(_subscribe, transaction, subscribe.Device, subscribe.Filter);
                    break;
                default:
                    Execute(_unsubscribe, transaction, write.Device);
                    break;
            }
        }

        transaction.Commit();
    }

    private static object[] Values(TimeOfDay clock, Command one) =>
    [
        one.Device, one.Id, one.Name, one.Content.Payload.ToArray(), (object?)one.Content.Format ?? DBNull.Value,
        clock.At(one.Ends).ToUnixTimeMilliseconds(), (object?)one.ResponseTopic ?? DBNull.Value,
        one.CorrelationData is { } data ? data.ToArray() : DBNull.Value,
    ];

    private static void Execute(SqliteCommand command, SqliteTransaction transaction, params ReadOnlySpan<object> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            command.Parameters[index].Value = values[index];
        }

        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string text, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // the texts are the constants above
        command.CommandText = text;
#pragma warning restore CA2100
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        return command;
    }
}
