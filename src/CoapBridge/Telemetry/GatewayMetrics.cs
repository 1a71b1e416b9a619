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
        Revocations = Meter.CreateCounter<long>(
            "coapbridge.dtls.revocations", "{connection}", "Live connections whose device is not accepted any more, by reason.");
        Publishes = Meter.CreateCounter<long>("coapbridge.mqtt.publishes", "{message}", "Publishes to the broker that ended, by outcome; by AMQP, too.");
        PublishDuration = Seconds("coapbridge.mqtt.publish.duration", "From the PUBLISH to its PUBACK.");
        UpstreamConnects = Meter.CreateCounter<long>("coapbridge.upstream.connects", "{attempt}", "Attempts to reach the broker, by outcome.");
        UpstreamRenewals = Meter.CreateCounter<long>("coapbridge.upstream.renewals", "{renewal}", "Connections that were made anew with another certificate, by result.");
        StateConnections = Meter.CreateCounter<long>("coapbridge.state.connections", "{connection}", "Connections of the run before: taken up, or why not.");
        StateDiscarded = Meter.CreateCounter<long>("coapbridge.state.discarded", "{file}", "Files of saved connections that were not used, by reason.");
        Reloads = Meter.CreateCounter<long>("coapbridge.reload.attempts", "{reload}", "Reloads, by result; after a failed one the old files are in force.");
        WorkDropped = Meter.CreateCounter<long>("coapbridge.work.dropped", "{item}", "Work items that found the queue full.");
    }

    public Meter Meter { get; } = new("CoapBridge");

    public Counter<long> UnhandledExceptions { get; }

    public Counter<long> Handshakes { get; }

    public Histogram<double> HandshakeDuration { get; }

    public Counter<long> Revocations { get; }

    public Counter<long> Publishes { get; }

    public Histogram<double> PublishDuration { get; }

    public Counter<long> UpstreamConnects { get; }

    public Counter<long> UpstreamRenewals { get; }

    public Counter<long> StateConnections { get; }

    public Counter<long> StateDiscarded { get; }

    public Counter<long> Reloads { get; }

    public Counter<long> WorkDropped { get; }

    /// <summary>A total that someone else counts, asked for at each scrape.</summary>
    public void Observe(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> totals) =>
        Meter.CreateObservableCounter(name, totals, unit, description);

    /// <summary>A value that someone else holds, asked for at each scrape.</summary>
    public void ObserveGauge(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> values) =>
        Meter.CreateObservableGauge(name, values, unit, description);

    /// <summary>Shows the counters that should stay 0 as 0; call it once somebody listens.</summary>
    public void ShowZeros()
    {
        UnhandledExceptions.Add(0);
        WorkDropped.Add(0);
    }

    public void Dispose() => Meter.Dispose();

    private Histogram<double> Seconds(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = MetricFamily.Seconds });
}
