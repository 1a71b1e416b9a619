using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Network;
using CoapBridge.Wire;

namespace CoapBridge.Sessions;

/// <summary>
/// The thread that owns the <see cref="SessionStore"/>: takes the shards' messages from its inbox and leaves the answers in
/// theirs. A look-up takes a microsecond or two, so one thread serves all shards.
/// </summary>
internal sealed class SessionLoop : IDisposable
{
    /// <summary>Above this, questions get the answer "no" and new sessions are not kept: full handshakes are always right.</summary>
    private const int Capacity = 4_096;

    /// <summary>A session that ended in a fatal alert is told at most once for each connection, and must be heard.</summary>
    private const int ForgetCapacity = 1 << 20;

    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);

    private readonly SessionStore _store;
    private readonly Action<int, ShardWorkResult> _answer;
    private readonly Action<Exception> _onFault;
    private readonly Inbox<SessionMessage> _inbox;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private volatile bool _stopped;

    /// <param name="store">Owned by this loop from now on.</param>
    /// <param name="answer">Leaves a result in the inbox of a shard.</param>
    /// <param name="onFault">Told of a bug of ours; the loop goes on.</param>
    public SessionLoop(SessionStore store, Action<int, ShardWorkResult> answer, Action<Exception> onFault)
    {
        _store = store;
        _answer = answer;
        _onFault = onFault;
        _inbox = new Inbox<SessionMessage>(ForgetCapacity, () => _wake.Set());
        _thread = new Thread(Run) { Name = "sessions", IsBackground = true };
    }

    /// <summary>Its counters may be read by anybody.</summary>
    public SessionStore Store => _store;

    public void Start() => _thread.Start();

    /// <summary>From any thread. False when there is no room: see <see cref="SessionMessage.Refuse"/>.</summary>
    public bool TryPost(SessionMessage message) =>
        (message is SessionMessage.Forget || _inbox.Count < Capacity) && _inbox.TryPost(message);

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
        while (!_stopped)
        {
            try
            {
                _wake.WaitOne(WaitTime(Clock.Now));
                Turn(Clock.Now);
            }
#pragma warning disable CA1031 // one faulty message must not cost all devices their sessions
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _onFault(exception);
                _wake.Set();
            }
        }
    }

    private void Turn(Instant now)
    {
        while (_inbox.TryTake(out var message))
        {
            _store.HandleMessage(now, message);
            while (_store.TryTakeAnswer(out var shard, out var result))
            {
                _answer(shard, result);
            }
        }

        _store.HandleTimeout(now);
    }

    private TimeSpan WaitTime(Instant now)
    {
        var wait = _store.NextDeadline is { } deadline && deadline - now < MaxWait ? deadline - now : MaxWait;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
