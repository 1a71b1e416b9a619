namespace CoapBridge.Wire;

/// <summary>
/// The next deadline of many owners. Each owner has at most one; setting it again replaces it. Entries that were
/// replaced stay in the heap until they reach its top, and the heap is rebuilt when they outnumber the live ones.
/// </summary>
public sealed class DeadlineQueue<TOwner>
    where TOwner : class
{
    private readonly PriorityQueue<TOwner, Instant> _heap = new();
    private readonly Dictionary<TOwner, Instant> _current = new(ReferenceEqualityComparer.Instance);

    /// <summary>How many owners have a deadline.</summary>
    public int Count => _current.Count;

    /// <summary>The earliest deadline, or null when there is none.</summary>
    public Instant? Next
    {
        get
        {
            DropReplaced();
            return _heap.TryPeek(out _, out var deadline) ? deadline : null;
        }
    }

    /// <summary>Sets, moves or (with null) removes an owner's deadline.</summary>
    public void Set(TOwner owner, Instant? deadline)
    {
        if (deadline is not { } due)
        {
            _current.Remove(owner);
            return;
        }

        if (_current.TryGetValue(owner, out var known) && known == due)
        {
            return;
        }

        _current[owner] = due;
        _heap.Enqueue(owner, due);
        if (_heap.Count > 64 + (2 * _current.Count))
        {
            Rebuild();
        }
    }

    /// <summary>Takes one owner whose deadline is not after <paramref name="now"/>; it then has none.</summary>
    public bool TryTakeDue(Instant now, out TOwner owner)
    {
        DropReplaced();
        if (_heap.TryPeek(out owner!, out var deadline) && deadline <= now)
        {
            _heap.Dequeue();
            _current.Remove(owner);
            return true;
        }

        owner = null!;
        return false;
    }

    private void DropReplaced()
    {
        while (_heap.TryPeek(out var owner, out var deadline)
            && (!_current.TryGetValue(owner, out var known) || known != deadline))
        {
            _heap.Dequeue();
        }
    }

    private void Rebuild()
    {
        _heap.Clear();
        foreach (var (owner, deadline) in _current)
        {
            _heap.Enqueue(owner, deadline);
        }
    }
}
