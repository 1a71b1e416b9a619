using System.Globalization;
using System.Reflection;
using CoapBridge.Admin;
using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;

namespace CoapBridge;

/// <summary>
/// Watches the time of day. Before the build's own date it cannot be right (a board without a battery): handshakes wait,
/// since no certificate can be judged. It also says when the gateway's own certificate is not valid.
/// </summary>
internal sealed class ClockGuard(
    Func<(DateTimeOffset From, DateTimeOffset Until)> validity, Readiness readiness, Action<bool> setClock, ILogger log)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    private bool? _clockIsRight;
    private bool? _certificateIsValid;

    /// <summary>The day on which this program was built.</summary>
    public static DateTimeOffset BuildDate { get; } = DateTimeOffset.Parse(
        typeof(ClockGuard).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "BuildDate").Value!,
        CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public async Task RunAsync(TimeProvider time, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            do
            {
                Look(time.GetUtcNow());
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    public void Look(DateTimeOffset now)
    {
        if (Changed(ref _clockIsRight, now >= BuildDate))
        {
            readiness.Set(Readiness.Need.Clock, _clockIsRight!.Value);
            setClock(_clockIsRight.Value);
            if (!_clockIsRight.Value)
            {
                Log.Advice(log, $"the clock says {now:u}, before this program was built; handshakes wait", "set the clock, for example by NTP");
            }
        }

        var certificate = validity();
        if (Changed(ref _certificateIsValid, now >= certificate.From && now <= certificate.Until))
        {
            readiness.Set(Readiness.Need.Certificate, _certificateIsValid!.Value);
            if (!_certificateIsValid.Value)
            {
                Log.Advice(
                    log, $"the gateway's certificate is valid from {certificate.From:u} to {certificate.Until:u}, which is not now",
                    "put a valid one at Identity:Certificate");
            }
        }
    }

    private static bool Changed(ref bool? known, bool value)
    {
        var changed = known != value;
        known = value;
        return changed;
    }
}
