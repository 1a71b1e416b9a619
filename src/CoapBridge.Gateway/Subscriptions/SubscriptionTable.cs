using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway.Subscriptions;

/// <summary>
/// One subscription for all owners of a filter: what is wanted, what the broker has been asked for, and what the owners
/// were told. On every new connection all of it is asked for again, whether the session was resumed or not, so that
/// retained values that changed meanwhile are told.
/// </summary>
internal sealed class SubscriptionTable(MqttClientEngine engine)
{
    /// <summary>Filters of all owners; above it a newcomer is refused.</summary>
    public const int MaximumFilters = 250_000;

    /// <summary>The identifier that all filters without wildcards share.</summary>
    private const int PlainIdentifier = 1;

    private const int LastIdentifier = 268_435_455;

    private readonly Dictionary<string, WantedFilter> _filters = [];
    private readonly TopicFilterTree<WantedFilter> _tree = new();
    private readonly Queue<WantedFilter> _queue = new();
    private readonly List<WantedFilter> _batch = [];
    private readonly Dictionary<ulong, (WantedFilter Filter, int Number)[]> _requests = [];
    private readonly SettleWatch _settling = new(engine);
    private readonly Queue<(int Owner, SubscriptionStatus Status)> _statuses = new();
    private readonly List<WantedFilter> _matches = [];
    private bool _isConnected;
    private ulong _lastTicket;

    /// <summary>Filters that somebody wants, or that are about to be ended.</summary>
    public int Count => _filters.Count;

    public Instant? NextDeadline => _settling.NextDeadline;

    public void HandleChange(Instant now, in SubscriptionChange change)
    {
        if (_filters.TryGetValue(change.Filter, out var filter) || (change.Wanted && TryCreate(change, out filter)))
        {
            if (!change.Wanted)
            {
                filter.Remove(change.Owner);
            }

            // A newcomer needs a SUBSCRIBE of its own, or the broker would not tell it what is retained.
            if (change.Wanted ? filter.TryAdd(change) : !filter.IsWanted)
            {
                Enqueue(filter);
            }

            if (!filter.IsWanted && !filter.IsOnWire && !filter.IsQueued)
            {
                Forget(filter);
            }
        }

        SendRequests(now);
    }

    /// <summary>CONNACK was a success.</summary>
    public void HandleConnected(Instant now)
    {
        _isConnected = true;
        foreach (var filter in _filters.Values)
        {
            Enqueue(filter);
        }

        SendRequests(now);
    }

    /// <summary>Nothing that was asked will be answered, and nothing that was told holds.</summary>
    public void HandleDisconnected()
    {
        _isConnected = false;
        _queue.Clear();
        _batch.Clear();
        _requests.Clear();
        _settling.Clear();
        _statuses.Clear();
        foreach (var filter in _filters.Values.Where(filter => !filter.IsWanted).ToList())
        {
            Forget(filter);
        }

        foreach (var filter in _filters.Values)
        {
            filter.Restart();
        }
    }

    /// <summary>SUBACK: a code for each filter of the request.</summary>
    public void HandleAcknowledged(Instant now, ulong ticket, IReadOnlyList<MqttReasonCode> codes)
    {
        if (_requests.Remove(ticket, out var request))
        {
            for (var index = 0; index < request.Length; index++)
            {
                var (filter, number) = request[index];
                var isRefused = codes[index].IsFailure();
                Tell(filter, number, isRefused ? SubscriptionState.Refused : SubscriptionState.Active, codes[index]);
                if (!isRefused)
                {
                    _settling.Add(now, filter, number);
                }
            }
        }

        SendRequests(now);
    }

    public void HandlePingAnswered(Instant now, ulong ticket) => Settle(() => _settling.TryTakeAnswered(now, ticket, out var settled) ? settled : null);

    public void HandleTimeout(Instant now) => Settle(() => _settling.TryTakeDue(now, out var settled) ? settled : null);

    /// <summary>Asks the broker for what is queued, as far as it and the driver keep up. Call it whenever that may have changed.</summary>
    public void SendRequests(Instant now)
    {
        while (engine.MayRequest && FillBatch())
        {
            SendBatch(now);
        }
    }

    /// <summary>The filters that a message is for.</summary>
    public IReadOnlyList<WantedFilter> Match(InboundMessage inbound)
    {
        _matches.Clear();
        _tree.Match(inbound.Message.Topic, _matches);

        // A broker may send a copy for each subscription: each copy is then for those that it names (MQTT 5 §3.3.4).
        if (inbound.SubscriptionIdentifiers.Count > 0)
        {
            _matches.RemoveAll(filter => !inbound.SubscriptionIdentifiers.Contains(filter.Identifier));
        }

        return _matches;
    }

    /// <summary>
    /// Nobody wants a message: an earlier run subscribed to its topic and did not end that. A filter with wildcards cannot be told
    /// from the message; those of commands are on disk and wanted again.
    /// </summary>
    public void HandleUnwanted(Instant now, string topic)
    {
        if (engine.MayRequest && !_filters.ContainsKey(topic))
        {
            engine.Unsubscribe(now, ++_lastTicket, [topic]);
        }
    }

    public bool TryTakeStatus(out int owner, out SubscriptionStatus status)
    {
        var isThere = _statuses.TryDequeue(out var next);
        (owner, status) = next;
        return isThere;
    }

    private bool TryCreate(in SubscriptionChange change, out WantedFilter filter)
    {
        filter = null!;
        if (!engine.IsFilter(change.Filter) || _filters.Count >= MaximumFilters)
        {
            var reason = _filters.Count >= MaximumFilters ? MqttReasonCode.QuotaExceeded : MqttReasonCode.TopicFilterInvalid;
            _statuses.Enqueue((change.Owner, new SubscriptionStatus(change.Filter, SubscriptionState.Refused, reason)));
            return false;
        }

        filter = new WantedFilter(change.Filter, IdentifierFor(change.Filter));
        _filters.Add(change.Filter, filter);
        _tree.Set(change.Filter, filter);
        return true;
    }

    /// <summary>The same in every run: a resumed session may bring messages that an earlier one subscribed to. FNV-1a.</summary>
    private static int IdentifierFor(string filter)
    {
        if (filter.AsSpan().IndexOfAny('+', '#') < 0)
        {
            return PlainIdentifier;
        }

        var hash = 2_166_136_261u;
        foreach (var letter in filter)
        {
            hash = (hash ^ letter) * 16_777_619;
        }

        return PlainIdentifier + 1 + (int)(hash % (LastIdentifier - PlainIdentifier));
    }

    private void Enqueue(WantedFilter filter)
    {
        // Without a connection nothing is queued: the next one asks for everything.
        if (_isConnected && !filter.IsQueued)
        {
            filter.IsQueued = true;
            _queue.Enqueue(filter);
        }
    }

    private void Forget(WantedFilter filter)
    {
        _filters.Remove(filter.Filter);
        _tree.Remove(filter.Filter);
    }

    /// <summary>Collects filters of one kind for one packet; false when nothing is to be sent.</summary>
    private bool FillBatch()
    {
        while (_batch.Count < MqttLimits.FiltersPerPacket && _queue.TryPeek(out var filter))
        {
            if (!NeedsPacket(filter))
            {
                _queue.Dequeue();
                filter.IsQueued = false;
            }
            else if (_batch.Count == 0 || MayTravelTogether(_batch[0], filter))
            {
                _batch.Add(_queue.Dequeue());
            }
            else
            {
                break;
            }
        }

        return _batch.Count > 0;
    }

    /// <summary>Drops what became superfluous or cannot be asked for.</summary>
    private bool NeedsPacket(WantedFilter filter)
    {
        if (!filter.IsWanted)
        {
            if (!filter.IsOnWire)
            {
                Forget(filter);
            }

            return filter.IsOnWire;
        }

        var reason = engine.CheckFilter(filter.Filter);
        if (reason.IsFailure())
        {
            Tell(filter, filter.NoteImpossible(), SubscriptionState.Refused, reason);
        }

        return !reason.IsFailure();
    }

    private bool MayTravelTogether(WantedFilter first, WantedFilter other) =>
        first.IsWanted == other.IsWanted
        && (!first.IsWanted || !engine.OffersSubscriptionIdentifiers || first.Identifier == other.Identifier);

    private void SendBatch(Instant now)
    {
        // Between the filling and now an owner may have come or gone.
        var first = _batch[0];
        var kin = _batch.FindIndex(filter => !MayTravelTogether(first, filter));
        var batch = kin < 0 ? _batch : _batch[..kin];
        var ticket = ++_lastTicket;
        int count;
        if (first.IsWanted)
        {
            count = engine.Subscribe(
                now, ticket, [.. batch.Select(filter => filter.Request)], engine.OffersSubscriptionIdentifiers ? first.Identifier : null);
            _requests.Add(ticket, [.. batch.Take(count).Select(filter => (filter, filter.NoteSent()))]);
        }
        else
        {
            count = engine.Unsubscribe(now, ticket, [.. batch.Select(filter => filter.Filter)]);
            batch.Take(count).ToList().ForEach(Forget);
        }

        batch.Take(count).ToList().ForEach(filter => filter.IsQueued = false);
        _batch.RemoveRange(0, count);
    }

    private void Settle(Func<(WantedFilter Filter, int Number)?> next)
    {
        while (next() is { } settled)
        {
            Tell(settled.Filter, settled.Number, SubscriptionState.Settled, MqttReasonCode.Success);
        }
    }

    private void Tell(WantedFilter filter, int number, SubscriptionState state, MqttReasonCode reason)
    {
        foreach (var owner in filter.NoteReached(number, state))
        {
            _statuses.Enqueue((owner, new SubscriptionStatus(filter.Filter, state, reason)));
        }
    }
}
