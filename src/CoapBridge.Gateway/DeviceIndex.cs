using System.Diagnostics.CodeAnalysis;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// Finds a device's link by the path of its datagrams. A new handshake stands beside the established connection until
/// its Finished is verified, and only then takes its place (RFC 6347 §4.2.8).
/// </summary>
internal sealed class DeviceIndex
{
    private readonly Dictionary<NetworkPath, Entry> _entries = [];

    // Handshakes in the order in which they began: the oldest makes room. Ended ones are passed over, and thrown out when
    // they outnumber the others.
    private readonly Queue<DeviceLink> _handshakes = new();

    /// <summary>Established connections.</summary>
    public int EstablishedCount { get; private set; }

    /// <summary>Handshakes under way.</summary>
    public int HandshakeCount { get; private set; }

    /// <summary>Handshakes that are kept in order, ended ones among them.</summary>
    public int QueuedCount => _handshakes.Count;

    public IEnumerable<DeviceLink> Established =>
        _entries.Values.Where(entry => entry.Established is not null).Select(entry => entry.Established!);

    public IEnumerable<DeviceLink> Handshakes =>
        _entries.Values.Where(entry => entry.Handshake is not null).Select(entry => entry.Handshake!);

    public Entry Find(in NetworkPath path) => _entries.GetValueOrDefault(path);

    public void AddHandshake(DeviceLink link)
    {
        _entries[link.Path] = Find(link.Path) with { Handshake = link };
        HandshakeCount++;
        if (_handshakes.Count > 64 + (2 * HandshakeCount))
        {
            DropAllEnded();
        }

        _handshakes.Enqueue(link);
    }

    /// <summary>The handshake is done; what it replaces is handed out.</summary>
    public bool Establish(DeviceLink link, [NotNullWhen(true)] out DeviceLink? replaced)
    {
        replaced = Find(link.Path).Established;
        _entries[link.Path] = new Entry(link, null);
        HandshakeCount--;
        EstablishedCount += replaced is null ? 1 : 0;
        return replaced is not null;
    }

    public void Remove(DeviceLink link)
    {
        var entry = Find(link.Path);
        if (ReferenceEquals(entry.Established, link))
        {
            EstablishedCount--;
            Put(link.Path, entry with { Established = null });
        }
        else if (ReferenceEquals(entry.Handshake, link))
        {
            HandshakeCount--;
            Put(link.Path, entry with { Handshake = null });
        }

        DropEnded();
    }

    public DeviceLink? OldestHandshake()
    {
        DropEnded();
        return _handshakes.TryPeek(out var oldest) ? oldest : null;
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
            _entries.Remove(path);
        }
        else
        {
            _entries[path] = entry;
        }
    }

    /// <summary>What lives at one path.</summary>
    public readonly record struct Entry(DeviceLink? Established, DeviceLink? Handshake);
}
