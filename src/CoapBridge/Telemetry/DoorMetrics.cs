using System.Diagnostics.Metrics;
using CoapBridge.Network;

namespace CoapBridge.Telemetry;

/// <summary>The doors count for themselves; the meter asks them at each scrape, so a datagram costs no measurement.</summary>
internal static class DoorMetrics
{
    public static void Observe(GatewayMetrics metrics, IReadOnlyList<UdpDoor> doors)
    {
        metrics.Observe("coapbridge.udp.datagrams", "{datagram}", "Datagrams, by direction.", () =>
        [
            new Measurement<long>(doors.Sum(door => door.Counters.Received), new KeyValuePair<string, object?>("direction", "in")),
            new Measurement<long>(doors.Sum(door => door.Counters.Sent), new KeyValuePair<string, object?>("direction", "out")),
        ]);
        metrics.Observe("coapbridge.udp.datagrams.dropped", "{datagram}", "Datagrams lost at the sockets, by reason.", () => doors
            .SelectMany(door => door.Counters.Dropped)
            .GroupBy(drop => drop.Reason, drop => drop.Total)
            .Select(reason => new Measurement<long>(reason.Sum(), new KeyValuePair<string, object?>("reason", reason.Key))));
    }
}
