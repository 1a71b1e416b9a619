using CoapBridge.Network;

namespace CoapBridge.Systemd;

/// <summary>Feeds systemd's watchdog, but only while every owner has turned lately: a stuck one gets the worker restarted.</summary>
internal static class Watchdog
{
    /// <summary>
    /// How often to feed: a quarter of <c>WATCHDOG_USEC</c>, so that one look at a bad moment costs nothing; null when systemd does not
    /// watch this process.
    /// </summary>
    /// <param name="microseconds">The value of <c>WATCHDOG_USEC</c>.</param>
    /// <param name="processId">The value of <c>WATCHDOG_PID</c>; absent means this process.</param>
    public static TimeSpan? Interval(string? microseconds, string? processId) =>
        ulong.TryParse(microseconds, out var limit) && limit is > 0 and < long.MaxValue / 10
            && (string.IsNullOrEmpty(processId) || processId == Environment.ProcessId.ToString())
            ? TimeSpan.FromMicroseconds(limit / 4.0)
            : null;

    public static async Task RunAsync(SystemdNotify systemd, LoopPulses pulses, TimeSpan interval, TimeProvider time, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            do
            {
                if (pulses.Stuck(Clock.Now).Count == 0)
                {
                    systemd.Watchdog();
                }
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Stopping has its own time-out in the unit.
        }
    }
}
