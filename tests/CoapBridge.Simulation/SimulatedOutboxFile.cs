using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Simulation;

/// <summary>What is on disk of the outbox: it outlives the gateway.</summary>
public sealed class SimulatedOutboxFile
{
    private readonly SortedDictionary<long, (string Device, long Size, ApplicationMessage Message)> _messages = [];

    /// <summary>The disk takes no new messages.</summary>
    public bool Refuses { get; set; }

    /// <summary>In the order in which they are sent.</summary>
    public IEnumerable<ApplicationMessage> Messages => _messages.Values.Select(entry => entry.Message);

    /// <summary>What the broker does not take.</summary>
    public List<(ApplicationMessage Message, string Reason)> Quarantine { get; } = [];

    public List<StoredMessages> Load() => Sum(_messages);

    public (long Id, ApplicationMessage Message)? Read(OutboxRead read)
    {
        foreach (var (id, entry) in _messages)
        {
            if (entry.Device == read.Device && id > read.After)
            {
                return (id, entry.Message);
            }
        }

        return null;
    }

    /// <summary>What was dropped by age.</summary>
    public List<StoredMessages> Apply(OutboxWrite write)
    {
        switch (write)
        {
            case OutboxWrite.Add add:
                _messages.Add(add.Entry.Id, (add.Entry.Device, add.Entry.Size, add.Entry.Message));
                break;
            case OutboxWrite.Remove remove:
                _messages.Remove(remove.Id);
                break;
            case OutboxWrite.Quarantine quarantine:
                Quarantine.Add((_messages[quarantine.Id].Message, quarantine.Reason));
                _messages.Remove(quarantine.Id);
                break;
            case OutboxWrite.Expire expire:
                var old = _messages.Where(pair => pair.Key < expire.Before).ToList();
                old.ForEach(pair => _messages.Remove(pair.Key));
                return Sum(old);
        }

        return [];
    }

    private static List<StoredMessages> Sum(IEnumerable<KeyValuePair<long, (string Device, long Size, ApplicationMessage Message)>> entries) =>
        [.. entries.GroupBy(pair => pair.Value.Device).Select(group =>
            new StoredMessages(group.Key, group.Count(), group.Sum(pair => pair.Value.Size), group.Max(pair => pair.Key)) { First = group.Min(pair => pair.Key) })];
}
