using CoapBridge.Dtls.Sessions;
using CoapBridge.Wire;

namespace CoapBridge.Gateway.Sessions;

/// <summary>
/// The resumable sessions of all shards, with one owner (DESIGN D-17). Bounded in number, in bytes and per device; the one
/// that was longest of no use makes room. Nothing of it is ever written down.
/// </summary>
public sealed class SessionStore(SessionStoreSettings settings)
{
    private readonly Dictionary<SessionId, LinkedListNode<Entry>> _entries = [];
    private readonly Dictionary<string, List<SessionId>> _ofDevice = [];
    private readonly DeadlineQueue<LinkedListNode<Entry>> _deadlines = new();
    private readonly Queue<(int Shard, ShardWorkResult Result)> _answers = new();

    // Kept or found last comes last.
    private readonly LinkedList<Entry> _byUse = new();
    private long _chainBytes;

    public int Count => _entries.Count;

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
            case SessionMessage.Forget forget when _entries.TryGetValue(forget.Id, out var node):
                Remove(node);
                break;
        }
    }

    /// <summary>Erases what is too old. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        while (_deadlines.TryTakeDue(now, out var node))
        {
            Remove(node);
        }
    }

    /// <summary>The next answer, and the shard that it is for.</summary>
    public bool TryTakeAnswer(out int shard, out ShardWorkResult result)
    {
        var isThere = _answers.TryDequeue(out var answer);
        (shard, result) = answer;
        return isThere;
    }

    private DtlsSession? Find(Instant now, SessionId id)
    {
        HandleTimeout(now);
        if (!_entries.TryGetValue(id, out var node))
        {
            Misses++;
            return null;
        }

        Hits++;
        _byUse.Remove(node);
        _byUse.AddLast(node);
        var siblings = _ofDevice[node.Value.Device];
        siblings.Remove(id);
        siblings.Add(id);
        return node.Value.Session;
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
            Remove(oldest);
        }

        var node = _byUse.AddLast(new Entry(device, session));
        _entries.Add(session.Id, node);
        _deadlines.Set(node, session.Created + settings.Lifetime);
        if (!_ofDevice.TryGetValue(device, out siblings))
        {
            _ofDevice.Add(device, siblings = new(1));
        }

        siblings.Add(session.Id);
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        var (device, session) = node.Value;
        _entries.Remove(session.Id);
        _byUse.Remove(node);
        _deadlines.Set(node, null);
        _chainBytes -= session.ChainLength;
        var siblings = _ofDevice[device];
        siblings.Remove(session.Id);
        if (siblings.Count == 0)
        {
            _ofDevice.Remove(device);
        }

        session.Erase();
    }

    private sealed record Entry(string Device, DtlsSession Session);
}
