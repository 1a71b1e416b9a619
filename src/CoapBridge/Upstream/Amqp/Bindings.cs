using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Upstream.Amqp;

/// <summary>
/// Which topics the gateway's queue is bound to: those of the devices whose commands are wanted, device by device, so that commands
/// of other gateways' devices do not come here. Bindings outlive connections; on each new one they are asked for again, one after
/// the other. A filter without wildcards is that of answers to calls: they come without a binding.
/// </summary>
internal sealed class Bindings
{
    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, WantedFilter> _filters = [];
    private readonly TopicFilterTree<WantedFilter> _tree = new();
    private readonly Queue<WantedFilter> _queue = new();
    private readonly Queue<(int Owner, SubscriptionStatus Status)> _statuses = new();
    private readonly List<WantedFilter> _matches = [];
    private bool _isConnected;

    /// <summary>When what could not be done now is tried again.</summary>
    public Instant? NextDeadline { get; private set; }

    public void HandleChange(in SubscriptionChange change)
    {
        if (!_filters.TryGetValue(change.Filter, out var filter))
        {
            if (!change.Wanted || !TryCreate(change, out filter))
            {
                return;
            }
        }

        if (!change.Wanted)
        {
            filter.Owners.Remove(change.Owner);
        }
        else if (!filter.Owners.Contains(change.Owner))
        {
            filter.Owners.Add(change.Owner);
            if (filter.IsActive)
            {
                Tell(filter, change.Owner);
            }
        }

        Enqueue(filter);
    }

    /// <summary>A connection, or one on which publishing is possible again: the owners hear of each filter anew.</summary>
    public void HandleConnected()
    {
        _isConnected = true;
        foreach (var filter in _filters.Values.ToList())
        {
            filter.IsActive = false;
            Enqueue(filter);
        }
    }

    public void HandleDisconnected()
    {
        _isConnected = false;
        NextDeadline = null;
        _queue.Clear();
        foreach (var filter in _filters.Values)
        {
            (filter.IsActive, filter.IsQueued) = (false, false);
        }
    }

    public void HandleTimeout(Instant now)
    {
        if (NextDeadline <= now)
        {
            NextDeadline = null;
        }
    }

    /// <summary>The next binding to be made or undone.</summary>
    public bool TryTake(out BindingChange change)
    {
        change = default;
        while (NextDeadline is null && _queue.TryDequeue(out var filter))
        {
            filter.IsQueued = false;
            if (filter.IsActive != filter.IsWanted || !filter.IsWanted)
            {
                change = new BindingChange(filter.Filter, filter.Key!, filter.IsWanted);
                return true;
            }
        }

        return false;
    }

    /// <summary>What became of a binding that was taken on this connection.</summary>
    public void HandleDone(Instant now, in BindingChange change, BindingOutcome outcome)
    {
        if (!_isConnected || !_filters.TryGetValue(change.Filter, out var filter))
        {
            return;
        }

        switch (outcome)
        {
            case BindingOutcome.Later:
                NextDeadline = now + _retry;
                Enqueue(filter);
                break;
            case BindingOutcome.Refused when filter.IsWanted:
                _statuses.Enqueue((filter.Owners[0], new SubscriptionStatus(filter.Filter, SubscriptionState.Refused, MqttReasonCode.NotAuthorized)));
                break;
            default:
                filter.IsActive = change.IsWanted;
                Settle(filter);
                break;
        }
    }

    /// <summary>The filter that a command's topic matches, and who wants it.</summary>
    public bool TryMatch(string topic, out string filter, out IReadOnlyList<int> owners)
    {
        _matches.Clear();
        _tree.Match(topic, _matches);
        var match = _matches.Find(one => one.IsWanted);
        (filter, owners) = (match?.Filter ?? "", match?.Owners ?? []);
        return match is not null;
    }

    /// <summary>The filters of answers to calls.</summary>
    public IEnumerable<(string Filter, IReadOnlyList<int> Owners)> ForReplies() =>
        _filters.Values.Where(filter => filter.Key is null).Select(filter => (filter.Filter, (IReadOnlyList<int>)filter.Owners));

    public bool TryTakeStatus(out int owner, out SubscriptionStatus status)
    {
        var isThere = _statuses.TryDequeue(out var next);
        (owner, status) = next;
        return isThere;
    }

    private bool TryCreate(in SubscriptionChange change, out WantedFilter filter)
    {
        var isBound = change.Filter.AsSpan().ContainsAny('#', '+');
        var key = isBound ? RoutingKey.OfFilter(change.Filter) : null;
        filter = new WantedFilter(change.Filter, key);
        if (isBound && key is null)
        {
            _statuses.Enqueue((change.Owner, new SubscriptionStatus(change.Filter, SubscriptionState.Refused, MqttReasonCode.PacketTooLarge)));
            return false;
        }

        _filters.Add(change.Filter, filter);
        if (isBound)
        {
            _tree.Set(change.Filter, filter);
        }

        return true;
    }

    private void Enqueue(WantedFilter filter)
    {
        if (!_isConnected || filter.IsQueued)
        {
            return;
        }

        if (filter.Key is null)
        {
            if (filter.IsWanted && !filter.IsActive)
            {
                filter.IsActive = true;
                Settle(filter);
            }
        }
        else if (filter.IsActive != filter.IsWanted || !filter.IsWanted)
        {
            filter.IsQueued = true;
            _queue.Enqueue(filter);
        }
    }

    private void Settle(WantedFilter filter)
    {
        if (filter.IsActive)
        {
            filter.Owners.ForEach(owner => Tell(filter, owner));
        }

        if (filter.IsActive != filter.IsWanted)
        {
            Enqueue(filter); // it changed meanwhile
        }
        else if (!filter.IsWanted)
        {
            _filters.Remove(filter.Filter);
            _tree.Remove(filter.Filter);
        }
    }

    /// <summary>Nothing is retained in AMQP, so what is active is settled.</summary>
    private void Tell(WantedFilter filter, int owner)
    {
        _statuses.Enqueue((owner, new SubscriptionStatus(filter.Filter, SubscriptionState.Active)));
        _statuses.Enqueue((owner, new SubscriptionStatus(filter.Filter, SubscriptionState.Settled)));
    }

    private sealed class WantedFilter(string filter, string? key)
    {
        public string Filter { get; } = filter;

        /// <summary>By which the queue is bound; null: answers to calls.</summary>
        public string? Key { get; } = key;

        public List<int> Owners { get; } = [];

        public bool IsWanted => Owners.Count > 0;

        /// <summary>It is bound on this connection.</summary>
        public bool IsActive { get; set; }

        public bool IsQueued { get; set; }
    }
}

/// <summary>A binding of the gateway's queue that is to be made or undone.</summary>
/// <param name="Filter">Of which topics.</param>
/// <param name="Key">The binding key.</param>
/// <param name="IsWanted">False: undone.</param>
internal readonly record struct BindingChange(string Filter, string Key, bool IsWanted);

/// <summary>What became of a <see cref="BindingChange"/>.</summary>
internal enum BindingOutcome
{
    /// <summary>As asked for.</summary>
    Done,

    /// <summary>The gateway has not the right.</summary>
    Refused,

    /// <summary>The queue is another connection's, perhaps our last one's that the broker has not missed yet.</summary>
    Later,
}
