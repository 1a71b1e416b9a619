using CoapBridge.Admin;
using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Tests.Host;

/// <summary>The broker's certificate is told before it ends (REQUIREMENTS 11.09).</summary>
public sealed class BrokerCertificateEndTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void From_thirty_days_before_its_end_there_is_an_alarm_until_another_is_shown()
    {
        using var metrics = new GatewayMetrics();
        using var reader = new MetricReader(metrics.Meter);
        var readiness = new Readiness();
        var watched = new BrokerCertificateEnd(readiness, NullLogger.Instance);
        watched.Observe(metrics);
        watched.Look(Now);
        Assert.Empty(readiness.Alarms);

        var end = Now.AddDays(40);
        watched.Take("broker.example", end, Now);
        Assert.Empty(readiness.Alarms);
        Assert.Contains(reader.Read(), family => family.Instrument.Name == "coapbridge.upstream.certificate.expiry_timestamp");

        // A connection may last for months: the daily look sees it come.
        watched.Look(end.AddDays(-30).AddSeconds(-1));
        Assert.Empty(readiness.Alarms);
        watched.Look(end.AddDays(-30));
        var alarm = Assert.Single(readiness.Alarms);
        Assert.StartsWith("broker: the certificate of the broker broker.example expires at 2027-01-01", alarm, StringComparison.Ordinal);

        watched.Take("broker.example", end.AddYears(1), end.AddDays(-29));
        Assert.Empty(readiness.Alarms);
    }
}
