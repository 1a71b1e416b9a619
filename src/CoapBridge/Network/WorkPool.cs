using System.Collections.Concurrent;

namespace CoapBridge.Network;

/// <summary>
/// A few threads of low priority for asymmetric cryptography: a storm of handshakes then takes only the time that the
/// shards leave over. The queue is bounded; what does not fit is refused at once and costs nothing.
/// </summary>
internal sealed class WorkPool<TWork> : IDisposable
{
    private readonly BlockingCollection<TWork> _queue;
    private readonly Action<TWork> _run;
    private readonly Action<Exception> _onFault;
    private readonly Thread[] _threads;

    /// <param name="threads">How many threads; at least 1.</param>
    /// <param name="capacity">Items that may wait.</param>
    /// <param name="run">Does one item, on a pool thread, and posts its result to the inbox of its shard.</param>
    /// <param name="onFault">Told of an exception out of <paramref name="run"/>, which is a bug of ours; the thread goes on.</param>
    public WorkPool(int threads, int capacity, Action<TWork> run, Action<Exception> onFault)
    {
        _queue = new BlockingCollection<TWork>(capacity);
        _run = run;
        _onFault = onFault;
        _threads = [.. Enumerable.Range(0, Math.Max(1, threads)).Select(index => new Thread(Work) { IsBackground = true, Name = $"work-{index}" })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Items that are waiting.</summary>
    public int Depth => _queue.Count;

    /// <summary>False when the queue is full or the pool has stopped.</summary>
    public bool TryEnqueue(TWork work)
    {
        try
        {
            return _queue.TryAdd(work);
        }
        catch (InvalidOperationException)
        {
            return false; // stopping: nobody waits for the result any more
        }
    }

    /// <summary>Finishes what is queued and ends the threads.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _queue.Dispose();
    }

    private void Work()
    {
        ThreadPriorities.LowerCurrent();
        foreach (var work in _queue.GetConsumingEnumerable())
        {
            try
            {
                _run(work);
            }
#pragma warning disable CA1031 // one faulty item must not end the thread that all handshakes need
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _onFault(exception);
            }
        }
    }
}
