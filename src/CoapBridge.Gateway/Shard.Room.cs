using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// Who goes when the shard is full (ATTACKS G22, REQUIREMENTS 13.02).
public sealed partial class Shard
{
    /// <summary>Whoever was heard of within this time does not make room for others.</summary>
    public static readonly TimeSpan Protection = TimeSpan.FromSeconds(60);

    private readonly LongestIdle _longestIdle = new();
    private Instant? _fullUntil;

    /// <summary>Newcomers need not begin: known since one was refused.</summary>
    private bool NobodyCanGo(Instant now) => _index.EstablishedCount >= settings.MaximumConnections && now < _fullUntil;

    /// <summary>After a newcomer's Finished, so that nobody makes room for a stranger. If there is none, it is the newcomer who goes.</summary>
    private bool HasRoomFor(Instant now, DeviceLink newcomer)
    {
        if (_index.EstablishedCount <= settings.MaximumConnections)
        {
            return true;
        }

        var idle = _longestIdle.Find(_index.Established);
        var silence = now - idle.LastHeard;
        if (silence < Protection)
        {
            _fullUntil = idle.LastHeard + Protection;
            newcomer.HasNoRoom = true;
            Counters.NewcomersWithoutRoom++;
            _events.Enqueue(new GatewayEvent.NoRoom(newcomer.Path, newcomer.Device!));
            return false;
        }

        Counters.ConnectionsEvicted++;
        _events.Enqueue(new GatewayEvent.Evicted(idle.Path, idle.Device!, silence));
        idle.Connection.Close();
        Settle(now, idle);
        return true;
    }
}
