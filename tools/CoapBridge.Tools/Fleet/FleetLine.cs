using System.Net.Sockets;
using CoapBridge.Wire;

namespace CoapBridge.Tools.Fleet;

/// <summary>A <see cref="FleetDevice"/> with its socket, in a <see cref="FleetLoop"/>.</summary>
internal sealed class FleetLine(int number, Socket socket, FleetDevice device) : IDeadlineOwner
{
    /// <summary>Which one, as whoever connected it counts.</summary>
    public int Number => number;

    public FleetDevice Device => device;

    /// <summary>Nothing listens at the server's port; only the last datagram said so.</summary>
    public bool IsUnreachable { get; set; }

    /// <summary>Something came, or was due, since it was last taken.</summary>
    public bool HasChanged { get; set; }

    /// <summary>For its owner: it has noted that the device is connected.</summary>
    public bool IsKnown { get; set; }

    /// <summary>It was closed by its owner.</summary>
    public bool IsOver { get; set; }

    internal Socket Socket { get; set; } = socket;

    int IDeadlineOwner.DeadlinePlace { get; set; }
}
