using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

/// <summary>
/// The task that owns the way to a broker: it turns when it is woken and when its time has come, until it is stopped. What goes on
/// beside it wakes it. A bug in a turn is told, and ends it.
/// </summary>
/// <param name="turn">Takes the present; gives when the next turn is due, if nobody wakes it before.</param>
/// <param name="pulse">Told of each turn.</param>
internal sealed class UpstreamTask(Func<Instant, ValueTask<Instant?>> turn, LoopPulse pulse) : IAsyncDisposable
{
    private const long NotAsked = -1;

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _drainLimit = NotAsked;

    /// <summary>Cancelled when it is to end.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Ends with an exception when there is a bug of ours.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <param name="onFault">Told of a bug of ours, which ends the process: the log must say which.</param>
    public void Start(Action<Exception> onFault) => Running = Task.Run(() => RunAsync(onFault));

    /// <summary>From any thread: there is something to do.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (ObjectDisposedException)
        {
            // Stopped: nobody waits any more.
        }
    }

    /// <summary>There is something to do when this has ended, however it ends.</summary>
    public void WakeAfter(Task task) => task.ContinueWith(
        ended =>
        {
            _ = ended.Exception; // of one that was left behind nobody asks
            Wake();
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Asks for the drain, from any thread, and waits for it: not longer than a second above its limit.</summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        Interlocked.Exchange(ref _drainLimit, limit.Ticks);
        Wake();
        await Task.WhenAny(_drained.Task, Running, Task.Delay(limit + TimeSpan.FromSeconds(1))).ConfigureAwait(false);
    }

    /// <summary>True once when a drain was asked for.</summary>
    public bool TryTakeDrain(out TimeSpan limit)
    {
        limit = new TimeSpan(Interlocked.Exchange(ref _drainLimit, NotAsked));
        return limit.Ticks != NotAsked;
    }

    /// <summary>The broker was left.</summary>
    public void HandleDrained() => _drained.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Wake();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync(Action<Exception> onFault)
    {
        try
        {
            for (Instant? due = Clock.Now; !_stop.IsCancellationRequested;)
            {
                await WaitAsync(due).ConfigureAwait(false);
                var now = Clock.Now;
                due = await turn(now).ConfigureAwait(false);
                pulse.Beat(now);
            }
        }
        catch (Exception exception)
        {
            onFault(exception);
            throw;
        }
    }

    /// <summary>One turn stands for all that woke it before.</summary>
    private async Task WaitAsync(Instant? due)
    {
        await _wake.WaitAsync(LoopPulses.WaitTime(due, Clock.Now)).ConfigureAwait(false);
        while (_wake.CurrentCount > 0 && await _wake.WaitAsync(0).ConfigureAwait(false))
        {
        }
    }
}
