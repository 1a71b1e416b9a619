using System.Diagnostics.Metrics;
using CoapBridge.Outbox;

namespace CoapBridge.Telemetry;

/// <summary>What the outbox counts, as measurements.</summary>
internal static class OutboxMetrics
{
    public static void Observe(GatewayMetrics metrics, OutboxLoop outbox)
    {
        var desk = outbox.Desk;
        metrics.ObserveGauge("coapbridge.outbox.waiting", "{message}", "Messages on disk that wait for the broker.", () => [new(desk.Count)]);
        metrics.ObserveGauge("coapbridge.outbox.size", "By", "What Outbox:MaxBytes limits.", () => [new(desk.Bytes)]);
        metrics.ObserveGauge("coapbridge.outbox.limit", "By", "Outbox:MaxBytes.", () => [new(desk.MaximumBytes)]);
        metrics.ObserveGauge("coapbridge.outbox.oldest_age", "s", "How long the oldest message has waited on disk; 0 when none waits.", () =>
            [new(outbox.OldestStored is { } oldest ? Math.Max(0, (long)(DateTimeOffset.UtcNow - oldest).TotalSeconds) : 0)]);
        metrics.ObserveGauge("coapbridge.outbox.quarantine", "{message}", "Messages that the broker did not take, in the table outbox_quarantine.", () => [new(desk.QuarantinedCount)]);
        metrics.Observe("coapbridge.outbox.messages", "{message}", "Messages of Keep routes, by what became of them.", () =>
        [
            Of("direct", desk.Counters.Direct),
            Of("stored", desk.Counters.Stored),
            Of("drained", desk.Counters.Drained),
            Of("full", desk.Counters.Full),
            Of("not_stored", desk.Counters.NotStored),
            Of("expired", desk.Counters.Expired),
            Of("quarantined", desk.Counters.Quarantined),
            Of("retried", desk.Counters.Retried),
            Of("purged", desk.Counters.Purged),
        ]);
    }

    private static Measurement<long> Of(string outcome, long count) => new(count, new KeyValuePair<string, object?>("outcome", outcome));
}
