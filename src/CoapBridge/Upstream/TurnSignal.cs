namespace CoapBridge.Upstream;

/// <summary>Wakes the task that owns the way to a broker; one turn stands for all signals that came before it.</summary>
internal sealed class TurnSignal : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0);

    /// <summary>From any thread: there is something to do.</summary>
    public void Set()
    {
        try
        {
            _signal.Release();
        }
        catch (ObjectDisposedException)
        {
            // Stopped: nobody waits any more.
        }
    }

    /// <summary>There is something to do when this has ended, however it ends.</summary>
    public void SetAfter(Task task) => task.ContinueWith(
        ended =>
        {
            _ = ended.Exception; // of one that was left behind nobody asks
            Set();
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Until somebody has signalled, or this time has passed.</summary>
    public async Task WaitAsync(TimeSpan time)
    {
        await _signal.WaitAsync(time).ConfigureAwait(false);
        while (_signal.CurrentCount > 0 && await _signal.WaitAsync(0).ConfigureAwait(false))
        {
        }
    }

    public void Dispose() => _signal.Dispose();
}
