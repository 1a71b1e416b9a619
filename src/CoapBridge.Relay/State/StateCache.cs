using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>
/// The topics whose state is known to a shard, each by a subscription of its own. One that nobody needs any more stays for a
/// while, and goes sooner when room is needed; one that somebody needs never goes.
/// </summary>
internal sealed class StateCache(RelayContext context)
{
    /// <summary>How long a topic stays when nobody needs it.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(60);

    /// <summary>Topics of a shard.</summary>
    public const int MaximumTopics = 16_384;

    /// <summary>Of these, in the account of one connection.</summary>
    public const int MaximumTopicsPerClient = 256;

    /// <summary>Bytes of all values; above it no topic is added that would need room which idle ones cannot give.</summary>
    public const long MaximumBytes = 64 << 20;

    private readonly Dictionary<string, TopicState> _topics = [];
    private readonly LinkedList<TopicState> _idle = new(); // the longest idle first
    private long _bytes;

    public int Count => _topics.Count;

    public IEnumerable<TopicState> Topics => _topics.Values;

    public Instant? NextDeadline => _idle.First?.Value.IdleUntil;

    public TopicState? Find(string topic) => _topics.GetValueOrDefault(topic);

    /// <summary>The state of a topic, subscribed to if it was not; null with the answer when there is no room.</summary>
    public TopicState? Claim(in RelayRequest request, string topic, out Answer refusal)
    {
        refusal = default;
        if (_topics.TryGetValue(topic, out var known))
        {
            return known;
        }

        if (request.Client.Recorded.OpenTopics >= MaximumTopicsPerClient)
        {
            refusal = new Answer(CoapCode.TooManyRequests, "rate: too many topics", MaxAge: (uint)Linger.TotalSeconds);
            return null;
        }

        while (_topics.Count >= MaximumTopics || _bytes > MaximumBytes)
        {
            if (_idle.First is not { } oldest)
            {
                refusal = new Answer(CoapCode.ServiceUnavailable, "busy: too many topics", MaxAge: (uint)Linger.TotalSeconds);
                return null;
            }

            Drop(oldest.Value);
        }

        var state = new TopicState(topic, request.Route, request.Client);
        _topics.Add(topic, state);
        request.Client.Recorded.OpenTopics++;
        context.Subscriptions.Enqueue(new SubscriptionChange(context.Shard, topic, Wanted: true, request.Route.Quality ?? Mqtt.QualityOfService.AtLeastOnce));
        return state;
    }

    public void SetValue(TopicState state, StateValue? value)
    {
        _bytes += (value?.Length ?? 0) - (state.Value?.Length ?? 0);
        state.Value = value;
    }

    /// <summary>After anything that may change whether somebody needs it.</summary>
    public void Settle(Instant now, TopicState state)
    {
        if (state.IdleNode is { } node && !state.IsIdle)
        {
            _idle.Remove(node);
            state.IdleNode = null;
        }
        else if (state.IdleNode is null && state.IsIdle)
        {
            state.IdleUntil = now + Linger;
            state.IdleNode = _idle.AddLast(state);
        }
    }

    public void HandleTimeout(Instant now)
    {
        while (_idle.First is { } oldest && oldest.Value.IdleUntil <= now)
        {
            Drop(oldest.Value);
        }
    }

    private void Drop(TopicState state)
    {
        SetValue(state, null);
        _idle.Remove(state.IdleNode!);
        _topics.Remove(state.Topic);
        state.Opener.Recorded.OpenTopics--;
        context.Subscriptions.Enqueue(new SubscriptionChange(context.Shard, state.Topic, Wanted: false));
    }
}
