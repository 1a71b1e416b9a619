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
    private readonly Inbox<SessionMessage> _inbox;
    private readonly OwnerThread _thread;

    /// <param name="store">Owned by this loop from now on.</param>
    /// <param name="post">Leaves something in the inbox of a shard.</param>
    /// <param name="beat">Told of each turn, at least every <see cref="LoopPulses.MaxWait"/>.</param>
    /// <param name="onFault">Told of a bug of ours; the loop goes on.</param>
    public SessionLoop(SessionStore store, Action<int, ShardMail> post, Action<Instant> beat, Action<Exception> onFault)
    {
        _store = store;
        _post = post;
        _thread = new OwnerThread("sessions", (now, _) => Turn(now), beat, onFault);
        _inbox = new Inbox<SessionMessage>(FullCapacity, _thread.Wake);
    }

    /// <summary>Its counters may be read by anybody.</summary>
    public SessionStore Store => _store;

    public void Start() => _thread.Start();

    /// <summary>From any thread. False when there is no room: see <see cref="SessionMessage.Refuse"/>.</summary>
    public bool TryPost(SessionMessage message) =>
        (!message.MayBeRefused || _inbox.Count < Capacity) && _inbox.TryPost(message);

    public void Dispose() => _thread.Dispose();

    private Instant? Turn(Instant now)
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
        return _store.NextDeadline;
    }
}
