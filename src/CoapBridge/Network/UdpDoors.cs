using System.Net;
using CoapBridge.Network.Linux;

namespace CoapBridge.Network;

/// <summary>Opens the doors of all shards.</summary>
internal static class UdpDoors
{
    /// <summary>How many shards can have a door of their own: as asked on Linux, one elsewhere.</summary>
    public static int ShardsFor(int wanted) => OperatingSystem.IsLinux() ? Math.Max(1, wanted) : 1;

    /// <summary>
    /// Binds every endpoint for every shard, or nothing. The first socket of an endpoint is bound exclusively, so a port
    /// that any other process holds is refused; it then opens its own SO_REUSEPORT group without being closed in between.
    /// </summary>
    /// <param name="endpoints">Where to listen; with port 0 all shards share the port that the first bind got.</param>
    /// <param name="shards">At most <see cref="ShardsFor"/>.</param>
    /// <param name="doors">One per shard.</param>
    /// <param name="fault">The endpoint that could not be bound.</param>
    public static bool TryOpen(IReadOnlyList<IPEndPoint> endpoints, int shards, out UdpDoor[] doors, out BindFault? fault)
    {
        if (OperatingSystem.IsLinux())
        {
            return LinuxUdpDoor.TryOpen(endpoints, shards, out doors, out fault);
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(shards, 1);
        doors = PortableUdpDoor.TryOpen(endpoints, out var door, out fault) ? [door!] : [];
        return fault is null;
    }
}
