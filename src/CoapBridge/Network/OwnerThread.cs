using CoapBridge.Wire;

namespace CoapBridge.Network;

/// <summary>
/// The thread of an owner: it turns when it is woken and when its time has come, and once more after the end has been asked for.
/// A bug in a turn is told, and the thread goes on.
/// </summary>
internal sealed class OwnerThread : IDisposable
{
    private readonly Func<Instant, bool, Instant?> _turn;
    private readonly Action<Instant> _beat;
    private readonly Action<Exception> _onFault;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private volatile bool _stopped;

    /// <param name="name">Of the thread.</param>
    /// <param name="turn">Takes the present and whether it is the last turn; gives when the next is due, if nobody wakes it before.</param>
    /// <param name="beat">Told of each turn, at least every <see cref="LoopPulses.MaxWait"/>.</param>
    /// <param name="onFault">Told of a bug of ours.</param>
    public OwnerThread(string name, Func<Instant, bool, Instant?> turn, Action<Instant> beat, Action<Exception> onFault)
    {
        _turn = turn;
        _beat = beat;
        _onFault = onFault;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    public void Start() => _thread.Start();

    /// <summary>From any thread: there is something to do.</summary>
    public void Wake() => _wake.Set();

    /// <summary>What was posted before is still taken, then the thread ends; waits for that.</summary>
    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        _wake.Dispose();
    }

    private void Run()
    {
        for (var isLast = false; !isLast;)
        {
            isLast = _stopped;
            try
            {
                var due = _turn(Clock.Now, isLast);
                _beat(Clock.Now);
                if (!isLast)
                {
                    _wake.WaitOne(LoopPulses.WaitTime(due, Clock.Now));
                }
            }
#pragma warning disable CA1031 // one faulty message must not cost all others their owner
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _onFault(exception);
            }
        }
    }
}
