using System.Globalization;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using Microsoft.Data.Sqlite;

namespace CoapBridge.Storage;

/// <summary>Which messages an order is about.</summary>
internal static class OutboxSearch
{
    /// <summary>Between names and values of properties, where MQTT allows no such character [MQTT-1.5.4-2].</summary>
    public const char Separator = '\0';

    private const string MessageId = "message_id";

    /// <summary>In the order in which they were stored.</summary>
    /// <param name="connection">The database, with the outbox's tables.</param>
    /// <param name="order">Whose, which.</param>
    /// <param name="before">Only smaller ids.</param>
    /// <param name="transaction">If there is one.</param>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public static List<(long Id, string Device, long Bytes)> Find(SqliteConnection connection, OutboxOrder order, long before, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        var table = order.Action == OutboxAction.PurgeWaiting ? "outbox" : "outbox_quarantine";

        // Properties lie behind the payload: they are read only where they are asked for.
        var properties = order.MessageIds.Count > 0 ? "properties" : "''";
#pragma warning disable CA2100 // the names are the constants above
        command.CommandText = $"SELECT id, device, bytes, {properties} FROM {table} WHERE id < $before AND ($device IS NULL OR device = $device) ORDER BY id";
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$before", order.Before is { } time ? Math.Min(before, OutboxEntry.FirstIdAt(time)) : before);
        command.Parameters.AddWithValue("$device", (object?)order.Device ?? DBNull.Value);
        using var reader = command.ExecuteReader();
        var found = new List<(long, string, long)>();
        while (reader.Read())
        {
            var id = reader.GetInt64(0);
            if (order.MessageIds.Count == 0 || order.MessageIds.Contains(MessageIdOf(id, reader.GetString(3))))
            {
                found.Add((id, reader.GetString(1), reader.GetInt64(2)));
            }
        }

        return found;
    }

    /// <summary>The name by which the cloud and the operator know a message; without one it is its place.</summary>
    public static string MessageIdOf(long id, string properties) =>
        Properties(properties).FirstOrDefault(property => property.Name == MessageId).Value is { Length: > 0 } name ? name : id.ToString(CultureInfo.InvariantCulture);

    public static IEnumerable<UserProperty> Properties(string text) =>
        text.Split(Separator).Chunk(2).Where(pair => pair.Length == 2).Select(pair => new UserProperty(pair[0], pair[1]));
}
