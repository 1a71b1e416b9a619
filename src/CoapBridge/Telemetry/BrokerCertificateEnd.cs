using System.Diagnostics.Metrics;
using CoapBridge.Admin;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Telemetry;

/// <summary>When the certificate of the broker that we are connected to ends: a metric, and from 30 days before an alarm and a warning.</summary>
internal sealed class BrokerCertificateEnd(Readiness readiness, ILogger log)
{
    private static readonly TimeSpan _early = TimeSpan.FromDays(30);

    private volatile Seen? _seen; // the broker driver writes it, the daily look and the metric read it

    public void Observe(GatewayMetrics metrics) => metrics.ObserveGauge(
        "coapbridge.upstream.certificate.expiry_timestamp", "s", "When the certificate of the broker that we are, or were last, connected to expires (Unix time).",
        () => _seen is { } seen ? [new Measurement<long>(seen.End.ToUnixTimeSeconds())] : []);

    /// <summary>A broker has shown its certificate.</summary>
    public void Take(string host, DateTimeOffset end, DateTimeOffset now)
    {
        _seen = new Seen(host, end);
        Look(now);
    }

    /// <summary>Looks again: a connection may last for months.</summary>
    public void Look(DateTimeOffset now)
    {
        if (_seen is not { } seen || seen.End - now > _early)
        {
            readiness.Alarm(Readiness.Area.Broker, null);
            return;
        }

        var problem = $"the certificate of the broker {seen.Host} expires at {seen.End:u}, in less than 30 days; after that there will be no connection to it";
        readiness.Alarm(Readiness.Area.Broker, problem);
        Log.Advice(log, problem, "have whoever runs the broker renew it");
    }

    private sealed record Seen(string Host, DateTimeOffset End);
}
