using System.Globalization;
using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Storage;

/// <summary>Which messages an order is about.</summary>
internal static class OutboxSearch
{
    /// <summary>Between names and values of properties, where MQTT allows no such character [MQTT-1.5.4-2].</summary>
    public const char Separator = '\0';

    private const string MessageId = "message_id";

    /// <summary>In the order in which they were stored.</summary>
    /// <param name="database">The database, with the outbox's tables.</param>
    /// <param name="order">Whose, which.</param>
    /// <param name="before">Only smaller ids.</param>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public static List<(long Id, string Device, long Bytes)> Find(SqliteDatabase database, OutboxOrder order, long before)
    {
        var table = order.Action == OutboxAction.PurgeWaiting ? "outbox" : "outbox_quarantine";

        // Properties lie behind the payload: they are read only where they are asked for.
        var properties = order.MessageIds.Count > 0 ? "properties" : "''";
        using var statement = database.Prepare(
            $"SELECT id, device, bytes, {properties} FROM {table} WHERE id < $before AND ($device IS NULL OR device = $device) ORDER BY id");
        using var rows = statement.Query(order.Before is { } time ? Math.Min(before, OutboxEntry.FirstIdAt(time)) : before, order.Device);
        var found = new List<(long, string, long)>();
        while (rows.Read())
        {
            var id = rows.Integer(0);
            if (order.MessageIds.Count == 0 || order.MessageIds.Contains(MessageIdOf(id, rows.Text(3))))
            {
                found.Add((id, rows.Text(1), rows.Integer(2)));
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
