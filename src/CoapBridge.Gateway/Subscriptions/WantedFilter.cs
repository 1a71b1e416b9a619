using CoapBridge.Mqtt;
using CoapBridge.Relay;

namespace CoapBridge.Gateway.Subscriptions;

/// <summary>A Topic Filter with everybody who wants it. Each SUBSCRIBE for it on one connection has a number, from 1.</summary>
/// <param name="filter">As it was asked for.</param>
/// <param name="identifier">Its Subscription Identifier; filters without wildcards share one, since a topic matches only one of them.</param>
internal sealed class WantedFilter(string filter, int identifier)
{
    private readonly List<Want> _wants = [];

    public string Filter { get; } = filter;

    public int Identifier { get; } = identifier;

    /// <summary>The number of the last SUBSCRIBE on this connection, sent or found impossible; 0: none.</summary>
    public int Sent { get; private set; }

    /// <summary>The broker was asked for it on this connection.</summary>
    public bool IsOnWire { get; private set; }

    /// <summary>It waits for its SUBSCRIBE, or UNSUBSCRIBE, to be sent.</summary>
    public bool IsQueued { get; set; }

    public bool IsWanted => _wants.Count > 0;

    public SubscriptionRequest Request => new(Filter, _wants.Max(want => want.MaximumQoS), _wants.Exists(want => want.WantsRetained));

    public IEnumerable<int> Owners => _wants.Select(want => want.Owner);

    /// <summary>False when the owner wants it already.</summary>
    public bool TryAdd(in SubscriptionChange change)
    {
        var owner = change.Owner;
        if (_wants.Exists(want => want.Owner == owner))
        {
            return false;
        }

        // What the broker holds retained is told to a newcomer only by a SUBSCRIBE that is still to come.
        _wants.Add(new Want(owner, change.MaximumQoS, change.WantsRetained) { Since = Sent + 1 });
        return true;
    }

    public void Remove(int owner) => _wants.RemoveAll(want => want.Owner == owner);

    /// <summary>The next SUBSCRIBE goes out; the result is its number.</summary>
    public int NoteSent()
    {
        IsOnWire = true;
        return ++Sent;
    }

    /// <summary>The next SUBSCRIBE cannot be sent to this broker; the result is its number.</summary>
    public int NoteImpossible() => ++Sent;

    /// <summary>A SUBACK or what settles it came for a SUBSCRIBE: the owners to be told, which are those that it was sent for.</summary>
    public IEnumerable<int> NoteReached(int number, SubscriptionState state)
    {
        foreach (var want in _wants)
        {
            if (want.Since <= number && want.Told != state && want.Told != SubscriptionState.Settled)
            {
                want.Told = state;
                yield return want.Owner;
            }
        }
    }

    /// <summary>A connection begins: nothing of the last one holds.</summary>
    public void Restart()
    {
        Sent = 0;
        IsOnWire = false;
        IsQueued = false;
        foreach (var want in _wants)
        {
            want.Since = 1;
            want.Told = null;
        }
    }

    private sealed class Want(int owner, QualityOfService maximumQoS, bool wantsRetained)
    {
        public int Owner { get; } = owner;

        public QualityOfService MaximumQoS { get; } = maximumQoS;

        public bool WantsRetained { get; } = wantsRetained;

        /// <summary>The number of the first SUBSCRIBE that counts for this owner.</summary>
        public int Since { get; set; }

        public SubscriptionState? Told { get; set; }
    }
}
