using System.Diagnostics.Metrics;

namespace CoapBridge.Telemetry;

/// <summary>
/// The one meter. Names are dotted and appear at <c>/metrics</c> as <c>coapbridge_…</c>; tags are enums or route names,
/// never devices.
/// </summary>
internal sealed class GatewayMetrics : IDisposable
{
    public GatewayMetrics()
    {
        UnhandledExceptions = Meter.CreateCounter<long>("coapbridge.unhandled_exceptions", "{exception}", "Bugs of ours that were caught; stays 0.");
        Handshakes = Meter.CreateCounter<long>("coapbridge.dtls.handshakes", "{handshake}", "Handshakes that ended, by result and reason.");
        HandshakeDuration = Seconds("coapbridge.dtls.handshake.duration", "From the ClientHello with a good cookie to Finished.");
        RecordsDiscarded = Meter.CreateCounter<long>("coapbridge.dtls.records.discarded", "{record}", "Records and datagrams that were dropped, by reason.");
        Connections = Meter.CreateUpDownCounter<long>("coapbridge.dtls.connections", "{connection}", "Connections that are established.");
        Requests = Meter.CreateCounter<long>("coapbridge.coap.requests", "{request}", "Answered requests, by response code.");
        RequestDuration = Seconds("coapbridge.coap.request.duration", "From the request to its answer.");
        MessagesDropped = Meter.CreateCounter<long>("coapbridge.coap.messages.dropped", "{message}", "CoAP messages that were ignored or rejected, by reason.");
        Publishes = Meter.CreateCounter<long>("coapbridge.mqtt.publishes", "{message}", "Publishes that ended, by outcome.");
        PublishDuration = Seconds("coapbridge.mqtt.publish.duration", "From the PUBLISH to its PUBACK.");
        UpstreamConnects = Meter.CreateCounter<long>("coapbridge.upstream.connects", "{attempt}", "Attempts to reach the broker, by outcome.");
        TurnDuration = Seconds("coapbridge.shard.turn.duration", "One turn of a shard's loop, without waiting.");
        WorkDropped = Meter.CreateCounter<long>("coapbridge.work.dropped", "{item}", "Work items that found the queue full.");
        UnhandledExceptions.Add(0);
        WorkDropped.Add(0);
        Connections.Add(0);
    }

    public Meter Meter { get; } = new("CoapBridge");

    public Counter<long> UnhandledExceptions { get; }

    public Counter<long> Handshakes { get; }

    public Histogram<double> HandshakeDuration { get; }

    public Counter<long> RecordsDiscarded { get; }

    public UpDownCounter<long> Connections { get; }

    public Counter<long> Requests { get; }

    public Histogram<double> RequestDuration { get; }

    public Counter<long> MessagesDropped { get; }

    public Counter<long> Publishes { get; }

    public Histogram<double> PublishDuration { get; }

    public Counter<long> UpstreamConnects { get; }

    public Histogram<double> TurnDuration { get; }

    public Counter<long> WorkDropped { get; }

    /// <summary>A total that someone else counts, asked for at each scrape.</summary>
    public void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> totals) =>
        Meter.CreateObservableCounter(name, totals, unit, description);

    /// <summary>A value that someone else holds, asked for at each scrape.</summary>
    public void ObserveGauge(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> values) =>
        Meter.CreateObservableGauge(name, values, unit, description);

    public void Dispose() => Meter.Dispose();

    private Histogram<double> Seconds(string name, string description) => Meter.CreateHistogram<double>(name, "s", description);
}
