using System.Diagnostics.Metrics;
using CoapBridge.Admin;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Reload;
using CoapBridge.Status;
using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;

namespace CoapBridge;

/// <summary>
/// Looks at the gateway's own certificate at the start, each day and after each reload: what either side would object to, now or within
/// 30 days, becomes a warning and an alarm. Looks each day at the broker's end, too.
/// </summary>
internal sealed class CertificateWatch(Func<LoadedFiles> files, BrokerCertificateEnd broker, Readiness readiness, GatewayMetrics metrics, ILogger log)
{
    private static readonly TimeSpan _interval = TimeSpan.FromDays(1);

    public async Task RunAsync(TimeProvider time, CancellationToken stop)
    {
        metrics.ObserveGauge(
            "coapbridge.identity.certificate.expiry_timestamp", "s", "When the gateway's certificate, or one above it, expires (Unix time).",
            () => [new Measurement<long>(files().Credentials.Validity.Until.ToUnixTimeSeconds())]);
        metrics.ObserveGauge(
            "coapbridge.identity.device_ca.expiry_timestamp", "s", "When the first of the devices' CAs expires (Unix time).",
            () => [new Measurement<long>(TrustedCertificates.FirstEndOfDeviceCas(files().Credentials).ToUnixTimeSeconds())]);
        metrics.ObserveGauge(
            "coapbridge.identity.revocation_list.expiry_timestamp", "s", "When the first of the revocation lists runs out (Unix time).",
            () => files().Lists.Revocations is { Count: > 0 } lists ? [new Measurement<long>(lists.Min(list => list.NextUpdate).ToUnixTimeSeconds())] : []);
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            do
            {
                Look(files(), time.GetUtcNow());
                broker.Look(time.GetUtcNow());
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    public void Look(LoadedFiles loaded, DateTimeOffset now)
    {
        var findings = Examine(loaded.Credentials, now).Where(finding => finding.Level != FindingLevel.Good).Select(finding => finding.Text).ToList();
        foreach (var finding in findings)
        {
            Log.Advice(log, $"the gateway's certificate: {finding}", "have it issued anew and put it at Identity:Certificate; `coapbridge check` says more");
        }

        readiness.Alarm(Readiness.Area.Certificate, findings.Count == 0 ? null : string.Join("; ", findings));
    }

    /// <summary>What both sides would say about the certificate.</summary>
    public static IReadOnlyList<Finding> Examine(GatewayCredentials credentials, DateTimeOffset now)
    {
        var key = credentials.Key.ExportParameters(includePrivateParameters: false).Q;
        return OwnCertificateCheck.Examine(credentials.ChainDer, credentials.CloudCa, [4, .. key.X!, .. key.Y!], now);
    }
}
