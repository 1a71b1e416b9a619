namespace CoapBridge.Coap;

/// <summary>
/// First in, first out. One item lives inside; only more than one at a time makes a queue, which goes when it is empty,
/// so that a hundred thousand idle endpoints hold none.
/// </summary>
internal struct WaitingLine<T>
{
    private T _first;
    private Queue<T>? _others;

    public int Count { get; private set; }

    public void Add(T item)
    {
        if (Count++ == 0)
        {
            _first = item;
        }
        else
        {
            (_others ??= new Queue<T>()).Enqueue(item);
        }
    }

    /// <summary>The next item, left where it is.</summary>
    public readonly bool TryPeek(out T item)
    {
        item = _first;
        return Count > 0;
    }

    public bool TryTake(out T item)
    {
        item = _first;
        if (Count == 0)
        {
            return false;
        }

        Count--;
        _first = Count == 0 ? default! : _others!.Dequeue();
        if (Count <= 1)
        {
            _others = null;
        }

        return true;
    }
}
