using System.Collections.Concurrent;

namespace CoapBridge.Network;

/// <summary>
/// A few threads of low priority for asymmetric cryptography: a storm of handshakes then takes only the time that the
/// shards leave over. The queue is bounded; what does not fit is refused at once and costs nothing. Nobody who leaves work here
/// waits for a lock.
/// </summary>
internal sealed class WorkPool<TWork> : IDisposable
{
    private readonly ConcurrentQueue<TWork> _queue = new();
    private readonly WorkBell _bell = new();
    private readonly int _capacity;
    private readonly Action<TWork> _run;
    private readonly Action<Exception> _onFault;
    private readonly Thread[] _threads;
    private int _count;
    private volatile bool _isStopping;

    /// <param name="threads">How many threads; at least 1.</param>
    /// <param name="capacity">Items that may wait.</param>
    /// <param name="run">Does one item, on a pool thread, and posts its result to the inbox of its shard.</param>
    /// <param name="onFault">Told of an exception out of <paramref name="run"/>, which is a bug of ours; the thread goes on.</param>
    public WorkPool(int threads, int capacity, Action<TWork> run, Action<Exception> onFault)
    {
        _capacity = capacity;
        _run = run;
        _onFault = onFault;
        _threads = [.. Enumerable.Range(0, Math.Max(1, threads)).Select(index => new Thread(Work) { IsBackground = true, Name = $"work-{index}" })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Items that are waiting.</summary>
    public int Depth => Volatile.Read(ref _count);

    /// <summary>False when the queue is full or the pool has stopped.</summary>
    public bool TryEnqueue(TWork work)
    {
        if (_isStopping)
        {
            return false; // nobody waits for the result any more
        }

        if (Interlocked.Increment(ref _count) > _capacity)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _queue.Enqueue(work);
        _bell.Ring();
        return true;
    }

    /// <summary>Finishes what is queued and ends the threads.</summary>
    public void Dispose()
    {
        _isStopping = true;
        foreach (var _ in _threads)
        {
            _bell.Ring();
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _bell.Dispose();
    }

    /// <summary>There are as many rings as items, and one more for each thread at the end: who finds nothing then is done.</summary>
    private void Work()
    {
        ThreadPriorities.LowerCurrent();
        while (true)
        {
            _bell.Wait();
            if (_queue.TryDequeue(out var work))
            {
                Interlocked.Decrement(ref _count);
                Run(work);
            }
            else if (_isStopping)
            {
                return;
            }
        }
    }

    private void Run(TWork work)
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
