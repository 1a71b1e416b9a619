using CoapBridge.Gateway.Sessions;
using CoapBridge.Network;
using CoapBridge.Shards;
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

    /// <summary>That a connection is there, has ended, or has spoilt its session is told once for each, and must be heard.</summary>
    private const int FullCapacity = 1 << 22;

    private readonly SessionStore _store;
    private readonly Action<int, ShardMail> _post;
    private readonly Action<Instant> _beat;
    private readonly Action<Exception> _onFault;
    private readonly Inbox<SessionMessage> _inbox;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private volatile bool _stopped;

    /// <param name="store">Owned by this loop from now on.</param>
    /// <param name="post">Leaves something in the inbox of a shard.</param>
    /// <param name="beat">Told of each turn, at least every <see cref="LoopPulses.MaxWait"/>.</param>
    /// <param name="onFault">Told of a bug of ours; the loop goes on.</param>
    public SessionLoop(SessionStore store, Action<int, ShardMail> post, Action<Instant> beat, Action<Exception> onFault)
    {
        _store = store;
        _post = post;
        _beat = beat;
        _onFault = onFault;
        _inbox = new Inbox<SessionMessage>(FullCapacity, () => _wake.Set());
        _thread = new Thread(Run) { Name = "sessions", IsBackground = true };
    }

    /// <summary>Its counters may be read by anybody.</summary>
    public SessionStore Store => _store;

    public void Start() => _thread.Start();

    /// <summary>From any thread. False when there is no room: see <see cref="SessionMessage.Refuse"/>.</summary>
    public bool TryPost(SessionMessage message) =>
        (!message.MayBeRefused || _inbox.Count < Capacity) && _inbox.TryPost(message);

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
                Turn(Clock.Now);
                _wake.WaitOne(WaitTime(Clock.Now));
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
                _post(shard, ShardMail.Of(result));
            }

            while (_store.TryTakeOrder(out var shard, out var order))
            {
                _post(shard, ShardMail.Of(order));
            }
        }

        _store.HandleTimeout(now);
        _beat(now);
    }

    private TimeSpan WaitTime(Instant now)
    {
        var wait = _store.NextDeadline is { } deadline && deadline - now < LoopPulses.MaxWait ? deadline - now : LoopPulses.MaxWait;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
