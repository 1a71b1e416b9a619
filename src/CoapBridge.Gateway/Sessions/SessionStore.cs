using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Gateway.Sessions;

/// <summary>
/// The resumable sessions of all shards, and which connections of each device are alive, with one owner (DESIGN D-17). Sessions are Bounded in number, in bytes and per device; the one
/// that was longest of no use makes room. Nothing of it is ever written down.
/// </summary>
public sealed class SessionStore(SessionStoreSettings settings)
{
    private readonly Dictionary<SessionId, Entry> _entries = [];
    private readonly Dictionary<string, List<SessionId>> _ofDevice = [];
    private readonly DeadlineQueue<Entry> _deadlines = new();
    private readonly Queue<(int Shard, ShardWorkResult Result)> _answers = new();

    // Kept or found last comes last.
    private readonly LinkedList<Entry> _byUse = new();
    private readonly LiveConnections _live = new(settings.ConnectionsPerDevice);
    private long _chainBytes;

    public int Count => _entries.Count;

    /// <summary>Devices that have a live connection.</summary>
    public int DeviceCount => _live.DeviceCount;

    public long Hits { get; private set; }

    public long Misses { get; private set; }

    public Instant? NextDeadline => _deadlines.Next;

    public void HandleMessage(Instant now, SessionMessage message)
    {
        switch (message)
        {
            case SessionMessage.Find find:
                _answers.Enqueue((find.Shard, find.Answer(Find(now, find.Id))));
                break;
            case SessionMessage.Keep keep:
                Keep(keep.Device, keep.Session);
                break;
            case SessionMessage.Forget forget when _entries.TryGetValue(forget.Id, out var entry):
                Remove(entry);
                break;
            case SessionMessage.Arrived arrived:
                _live.Arrive(arrived);
                break;
            case SessionMessage.Left left:
                _live.Leave(left);
                break;
            case SessionMessage.LastHeard said:
                _live.HandleLastHeard(said);
                break;
        }
    }

    /// <summary>Erases what is too old. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        while (_deadlines.TryTakeDue(now, out var entry))
        {
            Remove(entry);
        }
    }

    /// <summary>The next answer, and the shard that it is for.</summary>
    public bool TryTakeAnswer(out int shard, out ShardWorkResult result)
    {
        var isThere = _answers.TryDequeue(out var answer);
        (shard, result) = answer;
        return isThere;
    }

    /// <summary>The next word about a live connection, and its shard.</summary>
    public bool TryTakeOrder(out int shard, out LinkOrder order) => _live.TryTakeOrder(out shard, out order);

    private DtlsSession? Find(Instant now, SessionId id)
    {
        HandleTimeout(now);
        if (!_entries.TryGetValue(id, out var entry))
        {
            Misses++;
            return null;
        }

        Hits++;
        _byUse.Remove(entry.Place);
        _byUse.AddLast(entry.Place);
        var siblings = _ofDevice[entry.Device];
        siblings.Remove(id);
        siblings.Add(id);
        return entry.Session;
    }

    private void Keep(string device, DtlsSession session)
    {
        if (session.IsErased || _entries.ContainsKey(session.Id))
        {
            return;
        }

        if (_ofDevice.TryGetValue(device, out var siblings) && siblings.Count >= settings.CapacityPerDevice)
        {
            Remove(_entries[siblings[0]]);
        }

        _chainBytes += session.ChainLength;
        while (_byUse.First is { } oldest && (_entries.Count >= settings.Capacity || _chainBytes > settings.ChainCapacity))
        {
            Remove(oldest.Value);
        }

        var entry = new Entry(device, session);
        _byUse.AddLast(entry.Place);
        _entries.Add(session.Id, entry);
        _deadlines.Set(entry, session.Created + settings.Lifetime);
        if (!_ofDevice.TryGetValue(device, out siblings))
        {
            _ofDevice.Add(device, siblings = new(1));
        }

        siblings.Add(session.Id);
    }

    private void Remove(Entry entry)
    {
        var (device, session) = (entry.Device, entry.Session);
        _entries.Remove(session.Id);
        _byUse.Remove(entry.Place);
        _deadlines.Set(entry, null);
        _chainBytes -= session.ChainLength;
        var siblings = _ofDevice[device];
        siblings.Remove(session.Id);
        if (siblings.Count == 0)
        {
            _ofDevice.Remove(device);
        }

        session.Erase();
    }

    private sealed class Entry : IDeadlineOwner
    {
        public Entry(string device, DtlsSession session)
        {
            Device = device;
            Session = session;
            Place = new LinkedListNode<Entry>(this);
        }

        public string Device { get; }

        public DtlsSession Session { get; }

        /// <summary>In the order of use.</summary>
        public LinkedListNode<Entry> Place { get; }

        public int DeadlinePlace { get; set; }
    }
}
