using CoapBridge.Status;

namespace CoapBridge.Telemetry;

/// <summary>How the way to the broker stands, as measurements.</summary>
internal static class UpstreamMetrics
{
    public static void Observe(GatewayMetrics metrics, UpstreamJournal journal) => metrics.ObserveGauge(
        "coapbridge.upstream.connected", "{connection}", "1 while the broker has accepted the gateway, else 0.",
        () => [new(journal.Report.IsConnected ? 1 : 0)]);
}
