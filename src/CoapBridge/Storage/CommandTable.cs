using CoapBridge.Relay;
using CoapBridge.Wire;
using Microsoft.Data.Sqlite;

namespace CoapBridge.Storage;

/// <summary>The command desk's part of the database: commands in the order in which they came, and the devices that are subscribed for.</summary>
internal sealed class CommandTable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS command_device (device TEXT PRIMARY KEY, filter TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS command (
            place INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, payload BLOB NOT NULL,
            format INTEGER, ends INTEGER NOT NULL, response_topic TEXT, correlation BLOB, taken INTEGER NOT NULL,
            UNIQUE (device, id));
        """;

    private readonly SqliteConnection _connection;

    public CommandTable(OutboxFile file)
    {
        _connection = file.Connection;
        using var command = _connection.CreateCommand();
        command.CommandText = Schema;
        command.ExecuteNonQuery();
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
            using var command = _connection.CreateCommand();
            command.Transaction = transaction;
            Prepare(command, clock, write);
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private static void Prepare(SqliteCommand command, TimeOfDay clock, CommandWrite write)
    {
        command.Parameters.AddWithValue("$device", write.Device);
        switch (write)
        {
            case CommandWrite.Add add:
                command.CommandText = """
                    INSERT INTO command (device, id, name, payload, format, ends, response_topic, correlation, taken)
                    VALUES ($device, $id, $name, $payload, $format, $ends, $topic, $correlation, 0)
                    """;
                Bind(command, clock, add.Command);
                break;
            case CommandWrite.Take take:
                command.CommandText = "UPDATE command SET taken = 1, ends = $ends WHERE device = $device AND id = $id";
                command.Parameters.AddWithValue("$id", take.Id);
                command.Parameters.AddWithValue("$ends", clock.At(take.Ends).ToUnixTimeMilliseconds());
                break;
            case CommandWrite.Remove remove:
                command.CommandText = "DELETE FROM command WHERE device = $device AND id = $id";
                command.Parameters.AddWithValue("$id", remove.Id);
                break;
            case CommandWrite.Subscribe subscribe:
                command.CommandText = "INSERT OR REPLACE INTO command_device (device, filter) VALUES ($device, $filter)";
                command.Parameters.AddWithValue("$filter", subscribe.Filter);
                break;
            default:
                command.CommandText = "DELETE FROM command_device WHERE device = $device";
                break;
        }
    }

    private static void Bind(SqliteCommand command, TimeOfDay clock, Command one)
    {
        command.Parameters.AddWithValue("$id", one.Id);
        command.Parameters.AddWithValue("$name", one.Name);
        command.Parameters.AddWithValue("$payload", one.Content.Payload.ToArray());
        command.Parameters.AddWithValue("$format", (object?)one.Content.Format ?? DBNull.Value);
        command.Parameters.AddWithValue("$ends", clock.At(one.Ends).ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("$topic", (object?)one.ResponseTopic ?? DBNull.Value);
        command.Parameters.AddWithValue("$correlation", one.CorrelationData is { } data ? data.ToArray() : DBNull.Value);
    }
}
