using System.Diagnostics.Metrics;
using CoapBridge.Admin;
using CoapBridge.Status;

namespace CoapBridge.Telemetry;

/// <summary>The process itself, as measurements.</summary>
internal static class HostMetrics
{
    public static void Observe(GatewayMetrics metrics, Readiness readiness, long maximumConnections)
    {
        var started = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        metrics.ObserveGauge("coapbridge.host.build", "{build}", "Always 1; the label says which version runs.", () =>
            [new Measurement<long>(1, new KeyValuePair<string, object?>("version", StatusBoard.Version))]);
        metrics.ObserveGauge("coapbridge.host.start_timestamp", "s", "When this run began (Unix time).", () => [new(started)]);
        metrics.ObserveGauge("coapbridge.host.memory", "By", "Memory of the process that is in RAM.", () => [new(Environment.WorkingSet)]);
        metrics.ObserveGauge("coapbridge.host.ready", "{gateway}", "1 while /readyz says 200, else 0.", () => [new(readiness.Missing.Count == 0 ? 1 : 0)]);
        metrics.ObserveGauge("coapbridge.host.alarms", "{alarm}", "Alarms of /readyz.", () => [new(readiness.RaisedAlarms.Count)]);
        metrics.ObserveGauge("coapbridge.dtls.connections.limit", "{connection}", "Listen:MaxConnections.", () => [new(maximumConnections)]);
    }
}
