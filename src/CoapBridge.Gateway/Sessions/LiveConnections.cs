using CoapBridge.Wire;

namespace CoapBridge.Gateway.Sessions;

/// <summary>
/// Which connections of each device are alive, on all shards (DESIGN D-17, D-19; REQUIREMENTS 10.19). Above the limit the one
/// that has been silent for longest is closed; since only its shard knows for how long, the shards are asked first. Links are
/// names here: only their own shard looks into them.
/// </summary>
internal sealed class LiveConnections(int maximumPerDevice)
{
    // The newest of each device; it knows the next older one.
    private readonly Dictionary<string, Live> _newest = [];
    private readonly Queue<(int Shard, LinkOrder Order)> _orders = new();

    public int DeviceCount => _newest.Count;

    public bool TryTakeOrder(out int shard, out LinkOrder order)
    {
        var isThere = _orders.TryDequeue(out var next);
        (shard, order) = next;
        return isThere;
    }

    /// <summary>A handshake has ended well: from now on what goes down to the device goes there.</summary>
    public void Arrive(SessionMessage.Arrived arrived)
    {
        if (_newest.TryGetValue(arrived.Device, out var before))
        {
            Tell(LinkOrder.Kinds.Yield, before);
        }

        var newest = new Live(arrived.Shard, arrived.Link, before);
        _newest[arrived.Device] = newest;
        if (newest.Count > maximumPerDevice)
        {
            for (var live = newest.Older; live is not null; live = live.Older)
            {
                Tell(LinkOrder.Kinds.SayLastHeard, live);
            }
        }
    }

    public void Leave(SessionMessage.Left left) => Remove(left.Device, left.Link);

    /// <summary>When all but the newest have said it, the one that was heard least lately goes.</summary>
    public void HandleLastHeard(SessionMessage.LastHeard said)
    {
        if (!_newest.TryGetValue(said.Device, out var newest))
        {
            return;
        }

        for (var live = newest.Older; live is not null; live = live.Older)
        {
            live.LastHeard = ReferenceEquals(live.Link, said.Link) ? said.Time : live.LastHeard;
        }

        Relieve(said.Device, newest);
    }

    private void Relieve(string device, Live newest)
    {
        Live? oldest = null;
        for (var live = newest.Older; live is not null; live = live.Older)
        {
            if (live.LastHeard is null)
            {
                return;
            }

            oldest = oldest is null || live.LastHeard <= oldest.LastHeard ? live : oldest;
        }

        if (oldest is not null && newest.Count > maximumPerDevice)
        {
            Tell(LinkOrder.Kinds.Close, oldest);
            newest.RemoveOlder(oldest.Link);
            Relieve(device, newest);
        }
        else
        {
            for (var live = newest; live is not null; live = live.Older)
            {
                live.LastHeard = null;
            }
        }
    }

    private void Remove(string device, DeviceLink link)
    {
        if (!_newest.TryGetValue(device, out var newest))
        {
            return;
        }

        if (!ReferenceEquals(newest.Link, link))
        {
            newest.RemoveOlder(link);
        }
        else if (newest.Older is { } next)
        {
            _newest[device] = next;
            Tell(LinkOrder.Kinds.Lead, next);
        }
        else
        {
            _newest.Remove(device);
        }
    }

    private void Tell(LinkOrder.Kinds kind, Live live) => _orders.Enqueue((live.Shard, new LinkOrder(kind, live.Link)));

    private sealed class Live(int shard, DeviceLink link, Live? older)
    {
        public int Shard => shard;

        public DeviceLink Link => link;

        public Live? Older { get; private set; } = older;

        /// <summary>What its shard said in this round; null while it has not.</summary>
        public Instant? LastHeard { get; set; }

        public int Count
        {
            get
            {
                var count = 1;
                for (var live = Older; live is not null; live = live.Older)
                {
                    count++;
                }

                return count;
            }
        }

        public void RemoveOlder(DeviceLink gone)
        {
            for (var live = this; live.Older is { } next; live = next)
            {
                if (ReferenceEquals(next.Link, gone))
                {
                    live.Older = next.Older;
                    return;
                }
            }
        }
    }
}
