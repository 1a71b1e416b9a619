namespace CoapBridge.Wire;

/// <summary>
/// The next deadline of many owners. Each owner has at most one; setting it again moves it. A binary heap in which each owner
/// knows its place, so that 16 bytes each are all there is.
/// </summary>
public sealed class DeadlineQueue<TOwner>
    where TOwner : class, IDeadlineOwner
{
    // The first place is 1: the places below p are 2p and 2p + 1.
    private readonly List<Entry> _heap = [default];

    /// <summary>How many owners have a deadline.</summary>
    public int Count => _heap.Count - 1;

    /// <summary>The earliest deadline, or null when there is none.</summary>
    public Instant? Next => Count > 0 ? _heap[1].Deadline : null;

    /// <summary>Sets, moves or (with null) removes an owner's deadline.</summary>
    public void Set(TOwner owner, Instant? deadline)
    {
        ArgumentNullException.ThrowIfNull(owner);
        var place = owner.DeadlinePlace;
        if (deadline is not { } due)
        {
            RemoveAt(place);
        }
        else if (place == 0)
        {
            _heap.Add(default);
            Rise(new Entry(owner, due), _heap.Count - 1);
        }
        else if (_heap[place].Deadline != due)
        {
            Settle(new Entry(owner, due), place);
        }
    }

    /// <summary>Takes one owner whose deadline is not after <paramref name="now"/>; it then has none.</summary>
    public bool TryTakeDue(Instant now, out TOwner owner)
    {
        owner = null!;
        if (Count == 0 || _heap[1].Deadline > now)
        {
            return false;
        }

        owner = _heap[1].Owner;
        RemoveAt(1);
        return true;
    }

    private void RemoveAt(int place)
    {
        if (place == 0)
        {
            return;
        }

        _heap[place].Owner.DeadlinePlace = 0;
        var last = _heap[^1];
        _heap.RemoveAt(_heap.Count - 1);
        if (place < _heap.Count)
        {
            Settle(last, place);
        }
    }

    private void Settle(in Entry entry, int place)
    {
        if (place > 1 && entry.Deadline < _heap[place / 2].Deadline)
        {
            Rise(entry, place);
        }
        else
        {
            Sink(entry, place);
        }
    }

    private void Rise(in Entry entry, int place)
    {
        for (; place > 1 && entry.Deadline < _heap[place / 2].Deadline; place /= 2)
        {
            Put(_heap[place / 2], place);
        }

        Put(entry, place);
    }

    private void Sink(in Entry entry, int place)
    {
        for (var below = 2 * place; below < _heap.Count; below = 2 * place)
        {
            if (below + 1 < _heap.Count && _heap[below + 1].Deadline < _heap[below].Deadline)
            {
                below++;
            }

            if (entry.Deadline <= _heap[below].Deadline)
            {
                break;
            }

            Put(_heap[below], place);
            place = below;
        }

        Put(entry, place);
    }

    private void Put(in Entry entry, int place)
    {
        _heap[place] = entry;
        entry.Owner.DeadlinePlace = place;
    }

    private readonly record struct Entry(TOwner Owner, Instant Deadline);
}
