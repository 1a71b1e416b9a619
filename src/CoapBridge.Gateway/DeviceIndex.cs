using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// Finds a device's link: by the Connection ID that its records carry, else by the path of its datagrams. A new handshake
/// stands beside what lives at its path until its Finished is verified (RFC 6347 §4.2.8).
/// </summary>
internal sealed class DeviceIndex
{
    private readonly Dictionary<NetworkPath, Entry> _byPath = [];
    private readonly Dictionary<ConnectionIdKey, DeviceLink> _byConnectionId = [];
    private readonly HashSet<DeviceLink> _established = new(ReferenceEqualityComparer.Instance);

    private readonly Dictionary<PeerAddress, int> _handshakesFrom = [];

    // Handshakes in the order in which they began: the oldest makes room. Ended ones are passed over, and thrown out when
    // they outnumber the others.
    private readonly Queue<DeviceLink> _handshakes = new();

    /// <summary>Established connections.</summary>
    public int EstablishedCount => _established.Count;

    /// <summary>Handshakes under way.</summary>
    public int HandshakeCount { get; private set; }

    /// <summary>Handshakes that are kept in order, ended ones among them.</summary>
    public int QueuedCount => _handshakes.Count;

    public IEnumerable<DeviceLink> Established => _established;

    public IEnumerable<DeviceLink> Handshakes =>
        _byPath.Values.Where(entry => entry.Handshake is not null).Select(entry => entry.Handshake!);

    /// <summary>Handshakes under way with one host: an IPv4 address, or an IPv6 /64, whatever the port.</summary>
    public int HandshakesFrom(in NetworkPath path) => _handshakesFrom.GetValueOrDefault(NetworkOf(path));

    public Entry Find(in NetworkPath path) => _byPath.GetValueOrDefault(path);

    public DeviceLink? Find(ReadOnlySpan<byte> connectionId) => _byConnectionId.GetValueOrDefault(ConnectionIdKey.Of(connectionId));

    public void AddHandshake(DeviceLink link)
    {
        _byPath[link.Path] = Find(link.Path) with { Handshake = link };
        if (link.HasConnectionId)
        {
            _byConnectionId.Add(ConnectionIdKey.Of(link.Connection.ConnectionId), link);
        }

        HandshakeCount++;
        var network = NetworkOf(link.Path);
        _handshakesFrom[network] = _handshakesFrom.GetValueOrDefault(network) + 1;
        if (_handshakes.Count > 64 + (2 * HandshakeCount))
        {
            DropAllEnded();
        }

        _handshakes.Enqueue(link);
    }

    /// <summary>The handshake is done; what stood at its path before is told, and no longer found by the path.</summary>
    public DeviceLink? Establish(DeviceLink link)
    {
        var before = Find(link.Path).Established;
        _byPath[link.Path] = new Entry(link, null);
        _established.Add(link);
        EndHandshake(link);
        return before;
    }

    /// <summary>A link of an earlier run; false when another one has its Connection ID or lives by its path.</summary>
    public bool TryAddEstablished(DeviceLink link)
    {
        var there = Find(link.Path);
        var pathIsFree = there.Established is null or { HasConnectionId: true };
        if (link.HasConnectionId ? !_byConnectionId.TryAdd(ConnectionIdKey.Of(link.Connection.ConnectionId), link) : !pathIsFree)
        {
            return false;
        }

        if (pathIsFree)
        {
            _byPath[link.Path] = there with { Established = link };
        }

        _established.Add(link);
        return true;
    }

    /// <summary>A link with a Connection ID is to be found at another path; who stood there is found by its own Connection ID only.</summary>
    public void Move(DeviceLink link, in NetworkPath from)
    {
        var entry = Find(from);
        if (ReferenceEquals(entry.Established, link))
        {
            Put(from, entry with { Established = null });
        }

        // A connection without a Connection ID lives by its path: nobody takes that.
        var there = Find(link.Path);
        if (there.Established is null or { HasConnectionId: true })
        {
            _byPath[link.Path] = there with { Established = link };
        }
    }

    public void Remove(DeviceLink link)
    {
        var entry = Find(link.Path);
        _established.Remove(link);
        if (link.HasConnectionId && _byConnectionId.TryGetValue(ConnectionIdKey.Of(link.Connection.ConnectionId), out var known) && ReferenceEquals(known, link))
        {
            _byConnectionId.Remove(ConnectionIdKey.Of(link.Connection.ConnectionId));
        }

        if (ReferenceEquals(entry.Established, link))
        {
            Put(link.Path, entry with { Established = null });
        }
        else if (ReferenceEquals(entry.Handshake, link))
        {
            EndHandshake(link);
            Put(link.Path, entry with { Handshake = null });
        }

        DropEnded();
    }

    public DeviceLink? OldestHandshake()
    {
        DropEnded();
        return _handshakes.TryPeek(out var oldest) ? oldest : null;
    }

    private static PeerAddress NetworkOf(in NetworkPath path) =>
        path.Remote.IsIPv4 ? path.Remote with { Port = 0 } : new PeerAddress(path.Remote.High, 0, path.Remote.Scope, 0);

    private void EndHandshake(DeviceLink link)
    {
        HandshakeCount--;
        var network = NetworkOf(link.Path);
        if (--_handshakesFrom[network] == 0)
        {
            _handshakesFrom.Remove(network);
        }
    }

    private void DropEnded()
    {
        while (_handshakes.TryPeek(out var oldest) && !IsUnderWay(oldest))
        {
            _handshakes.Dequeue();
        }
    }

    private void DropAllEnded()
    {
        for (var left = _handshakes.Count; left > 0; left--)
        {
            var link = _handshakes.Dequeue();
            if (IsUnderWay(link))
            {
                _handshakes.Enqueue(link);
            }
        }
    }

    private bool IsUnderWay(DeviceLink link) => ReferenceEquals(Find(link.Path).Handshake, link);

    private void Put(in NetworkPath path, in Entry entry)
    {
        if (entry == default)
        {
            _byPath.Remove(path);
        }
        else
        {
            _byPath[path] = entry;
        }
    }

    /// <summary>What lives at one path.</summary>
    public readonly record struct Entry(DeviceLink? Established, DeviceLink? Handshake);
}
