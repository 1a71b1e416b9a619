using CoapBridge.Network;
using CoapBridge.Outbox;
using CoapBridge.Relay;
using CoapBridge.Storage;

namespace CoapBridge.OutboxVerbs;

/// <summary>Carries out an order on the file itself, which no gateway may have claimed; by the same desk and the same table.</summary>
internal static class OfflineOutbox
{
    public static OutboxAnswer Obey(string path, OutboxOrder order)
    {
        if (!File.Exists(path))
        {
            return new OutboxAnswer(0, 0, null);
        }

        try
        {
            using var claim = new OutboxClaim(path);
            if (claim.Take() is { } problem)
            {
                return new OutboxAnswer(0, 0, $"{path} {problem}; if it is the gateway with this configuration, see its log for admin_socket_unusable");
            }

            using var file = OutboxFile.Join(path);
            using var table = new OutboxTable(file);
            var desk = new OutboxDesk(new OutboxSettings(), 0);
            desk.HandleTimeOfDay(Clock.Now, DateTimeOffset.UtcNow);
            desk.Load(Clock.Now, table.Load());
            desk.HandleOrder(Clock.Now, order);
            var writes = new List<OutboxWrite>();
            while (desk.TryTakeWrite(out var write))
            {
                writes.Add(write);
            }

            var messages = table.Apply(writes).Obeyed.SelectMany(one => one.Messages).ToList();
            return new OutboxAnswer(messages.Sum(one => one.Count), messages.Sum(one => one.Bytes), null);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            return new OutboxAnswer(0, 0, $"{path} cannot be written: {exception.Message}");
        }
    }
}
