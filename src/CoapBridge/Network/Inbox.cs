using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace CoapBridge.Network;

/// <summary>
/// What other threads leave for one owner: bounded, and the owner is woken. An owner wakes from its wait, then takes
/// everything; so an item that was posted is never waited for.
/// </summary>
/// <param name="capacity">Items that may wait.</param>
/// <param name="wake">Ends the owner's wait; called from the posting thread.</param>
internal sealed class Inbox<T>(int capacity, Action wake)
{
    private readonly ConcurrentQueue<T> _items = new();
    private int _count;

    /// <summary>Items that are waiting; exact only for the owner.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>False when the inbox is full: the item is not kept.</summary>
    public bool TryPost(T item)
    {
        if (Interlocked.Increment(ref _count) > capacity)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _items.Enqueue(item);
        wake();
        return true;
    }

    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        if (!_items.TryDequeue(out item))
        {
            return false;
        }

        Interlocked.Decrement(ref _count);
        return true;
    }
}
