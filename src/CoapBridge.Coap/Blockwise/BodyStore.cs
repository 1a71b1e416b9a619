using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>
/// The bodies of all endpoints of a group that are longer than a block: bounded for each peer and in all. Where there is
/// no room a peer's own oldest body goes, or else one of the peer that has most: who hoards evicts itself, and nobody else.
/// </summary>
internal sealed class BodyStore(BodyLimits limits)
{
    // Least recently used first.
    private readonly LinkedList<HeldBody> _byUse = new();
    private readonly Dictionary<HeldBody, LinkedListNode<HeldBody>> _nodes = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<BodyShare> _shares = new(ReferenceEqualityComparer.Instance);

    /// <summary>Bytes of memory that all bodies are counted with.</summary>
    public long Cost { get; private set; }

    public int Count => _byUse.Count;

    /// <summary>When the next one is too old.</summary>
    public Instant? NextDeadline => _byUse.First?.Value.LastUse + limits.Lifetime;

    /// <summary>False when there is no room for it.</summary>
    public bool TryAdd(Instant now, HeldBody body)
    {
        if (!TryMakeRoom(body.Share, null, body.Cost, adds: true))
        {
            return false;
        }

        Enter(now, body);
        return true;
    }

    /// <summary>False when there is no room for the block; the body is then as it was.</summary>
    public bool TryAppend(Instant now, RequestBody body, ReadOnlySpan<byte> block)
    {
        if (!TryMakeRoom(body.Share, body, body.GrowthFor(block.Length), adds: false))
        {
            return false;
        }

        Remove(body);
        body.Append(block);
        Enter(now, body);
        return true;
    }

    /// <summary>It was asked for: it goes last.</summary>
    public void Touch(Instant now, HeldBody body)
    {
        Remove(body);
        Enter(now, body);
    }

    public void Remove(HeldBody body)
    {
        if (_nodes.Remove(body, out var node))
        {
            _byUse.Remove(node);
            body.Share.Remove(body);
            Cost -= body.Cost;
            if (body.Share.Count == 0)
            {
                _shares.Remove(body.Share);
            }
        }
    }

    public void RemoveAll(BodyShare share)
    {
        foreach (var body in share.All())
        {
            Remove(body);
        }
    }

    public void HandleTimeout(Instant now)
    {
        while (NextDeadline <= now)
        {
            Remove(_byUse.First!.Value);
        }
    }

    private void Enter(Instant now, HeldBody body)
    {
        body.LastUse = now;
        body.Share.Add(body);
        Cost += body.Cost;
        _shares.Add(body.Share);
        _nodes.Add(body, _byUse.AddLast(body));
    }

    private bool TryMakeRoom(BodyShare share, HeldBody? body, int cost, bool adds)
    {
        while (share.Cost + cost > limits.MaximumPerPeer || (adds && share.Count >= limits.MaximumCountPerPeer))
        {
            if (share.Oldest(body) is not { } own)
            {
                return false;
            }

            Remove(own);
        }

        while (Cost + cost > limits.Maximum)
        {
            if (Largest(share, cost)?.Oldest(body) is not { } other)
            {
                return false;
            }

            Remove(other);
        }

        return true;
    }

    /// <summary>Who has most, counting what this peer wants to have.</summary>
    private BodyShare? Largest(BodyShare asking, int cost)
    {
        BodyShare? largest = null;
        var most = 0L;
        foreach (var share in _shares)
        {
            var has = share.Cost + (share == asking ? cost : 0);
            if (has > most)
            {
                (largest, most) = (share, has);
            }
        }

        return largest;
    }
}
