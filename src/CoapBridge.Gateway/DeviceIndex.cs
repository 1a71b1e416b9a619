using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// Finds a device's link: by the Connection ID that its records carry, else by the path of its datagrams. A new handshake
/// stands beside what lives at its path until its Finished is verified (RFC 6347 §4.2.8).
/// </summary>
internal sealed class DeviceIndex(ulong seed = 0)
{
    private readonly LinkTable<NetworkPath, ByPath> _byPath = new(seed);
    private readonly LinkTable<ConnectionIdKey, ByConnectionId> _byConnectionId = new(seed);
    private readonly Dictionary<NetworkPath, DeviceLink> _handshakesByPath = [];
    private readonly Dictionary<PeerAddress, int> _handshakesFrom = [];

    // Handshakes in the order in which they began: the oldest makes room. Ended ones are passed over, and thrown out when
    // they outnumber the others.
    private readonly Queue<DeviceLink> _handshakes = new();

    /// <summary>Established connections.</summary>
    public int EstablishedCount { get; private set; }

    /// <summary>Handshakes under way.</summary>
    public int HandshakeCount => _handshakesByPath.Count;

    /// <summary>Handshakes that are kept in order, ended ones among them.</summary>
    public int QueuedCount => _handshakes.Count;

    /// <summary>Those that are found by their path, then those that are found by their Connection ID only.</summary>
    public IEnumerable<DeviceLink> Established =>
        _byPath.Links.Concat(_byConnectionId.Links.Where(IsFoundByConnectionIdOnly));

    /// <summary>Where <see cref="InPlace"/> ends.</summary>
    public int PlaceCount => _byPath.SlotCount + _byConnectionId.SlotCount;

    /// <summary>Those of <see cref="Established"/>, one place after the other, with turns of others in between: who moves meanwhile may be seen twice or not at all.</summary>
    public DeviceLink? InPlace(int place) =>
        place < _byPath.SlotCount ? _byPath.InSlot(place)
        : _byConnectionId.InSlot(place - _byPath.SlotCount) is { } link && IsFoundByConnectionIdOnly(link) ? link : null;

    public IEnumerable<DeviceLink> Handshakes => _handshakesByPath.Values;

    /// <summary>Handshakes under way with one host: an IPv4 address, or an IPv6 /64, whatever the port.</summary>
    public int HandshakesFrom(in NetworkPath path) => _handshakesFrom.GetValueOrDefault(NetworkOf(path));

    public Entry Find(in NetworkPath path) => new(_byPath.Find(path), _handshakesByPath.GetValueOrDefault(path));

    public DeviceLink? Find(ReadOnlySpan<byte> connectionId) => _byConnectionId.Find(ConnectionIdKey.Of(connectionId));

    public void AddHandshake(DeviceLink link)
    {
        _handshakesByPath.Add(link.Path, link);
        if (link.HasConnectionId)
        {
            _byConnectionId.Put(link);
        }

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
        var before = _byPath.Find(link.Path);
        EndHandshake(link);
        _byPath.Put(link);
        EstablishedCount += before is { HasConnectionId: false } ? 0 : 1;
        return before;
    }

    /// <summary>A link of an earlier run; false when another one has its Connection ID or lives by its path.</summary>
    public bool TryAddEstablished(DeviceLink link)
    {
        var pathIsFree = _byPath.Find(link.Path) is null or { HasConnectionId: true };
        if (link.HasConnectionId ? _byConnectionId.Find(link.ConnectionId) is not null : !pathIsFree)
        {
            return false;
        }

        if (link.HasConnectionId)
        {
            _byConnectionId.Put(link);
        }

        if (pathIsFree)
        {
            _byPath.Put(link);
        }

        EstablishedCount++;
        return true;
    }

    /// <summary>A link with a Connection ID is to be found at another path; who stood there is found by its own Connection ID only.</summary>
    public void Move(DeviceLink link, in NetworkPath from)
    {
        _byPath.Remove(from, link);

        // A connection without a Connection ID lives by its path: nobody takes that.
        if (_byPath.Find(link.Path) is null or { HasConnectionId: true })
        {
            _byPath.Put(link);
        }
    }

    public void Remove(DeviceLink link)
    {
        if (IsUnderWay(link))
        {
            EndHandshake(link);
        }
        else if (IsFound(link))
        {
            EstablishedCount--;
            _byPath.Remove(link.Path, link);
        }

        if (link.HasConnectionId)
        {
            _byConnectionId.Remove(link.ConnectionId, link);
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
        _handshakesByPath.Remove(link.Path);
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

    private bool IsUnderWay(DeviceLink link) => ReferenceEquals(_handshakesByPath.GetValueOrDefault(link.Path), link);

    private bool IsFoundByConnectionIdOnly(DeviceLink link) => !IsUnderWay(link) && !ReferenceEquals(_byPath.Find(link.Path), link);

    private bool IsFound(DeviceLink link) =>
        ReferenceEquals(_byPath.Find(link.Path), link) || (link.HasConnectionId && ReferenceEquals(_byConnectionId.Find(link.ConnectionId), link));

    /// <summary>What lives at one path.</summary>
    public readonly record struct Entry(DeviceLink? Established, DeviceLink? Handshake);
}
