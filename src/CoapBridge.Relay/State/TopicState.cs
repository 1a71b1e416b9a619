using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>A topic that somebody of this shard reads, observes or changes: its value, and who waits for what.</summary>
internal sealed class TopicState(string topic, Route route, RelayClient opener)
{
    public string Topic => topic;

    /// <summary>The route that it was first asked for by.</summary>
    public Route Route => route;

    /// <summary>In whose account it stands.</summary>
    public RelayClient Opener => opener;

    /// <summary>The broker has said what it holds, on the present connection.</summary>
    public bool IsKnown { get; set; }

    /// <summary>What the broker said to the subscription on the present connection, if that was no.</summary>
    public Answer? Refusal { get; set; }

    /// <summary>The last value that was known; null: none.</summary>
    public StateValue? Value { get; set; }

    public List<StateObservation> Observers { get; } = [];

    /// <summary>Those who ask for a value that is not known yet.</summary>
    public List<StateRequest> Readers { get; } = [];

    /// <summary>Changes, one after the other.</summary>
    public Queue<StateRequest> Writers { get; } = new();

    /// <summary>Whether this shard may change the topic.</summary>
    public TopicTurn Turn { get; set; }

    /// <summary>Another shard's change that must have been delivered before anything is compared; null: none.</summary>
    public string? Awaited { get; set; }

    /// <summary>The <c>message_id</c>s that were delivered last.</summary>
    private readonly Queue<string> _delivered = new(4);

    /// <summary>The change that the broker has and has not acknowledged.</summary>
    public StateRequest? Writing { get; set; }

    /// <summary>Nobody needs the subscription.</summary>
    public bool IsIdle => Observers.Count == 0 && Readers.Count == 0 && Writers.Count == 0 && Writing is null;

    public void Remember(string messageId)
    {
        _delivered.Enqueue(messageId);
        if (_delivered.Count > 16)
        {
            _delivered.Dequeue();
        }
    }

    public bool WasDelivered(string messageId) => _delivered.Contains(messageId);

    /// <summary>Its place among those that nobody needs; null while somebody does.</summary>
    public LinkedListNode<TopicState>? IdleNode { get; set; }

    /// <summary>When it is let go unless somebody comes; meaningful with <see cref="IdleNode"/>.</summary>
    public Instant IdleUntil { get; set; }

    public void Add(StateObservation observation)
    {
        observation.Place = Observers.Count;
        Observers.Add(observation);
    }

    public void Remove(StateObservation observation)
    {
        if (observation.Place < 0)
        {
            return;
        }

        var last = Observers[^1];
        Observers[observation.Place] = last;
        last.Place = observation.Place;
        Observers.RemoveAt(Observers.Count - 1);
        observation.Place = -1;
    }
}
