using System.Diagnostics;
using CoapBridge.Benchmarks.Support;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>
/// What devices that are connected notice while 500 others try to connect at the same time, again and again: the time from
/// a CON POST to its 4.04. The storm is made at nice 19, the devices that are measured are not held back.
/// </summary>
internal static class Storm
{
    private const int Devices = 20;
    private const int InFlight = 500;
    private const double FloorMilliseconds = 3;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(4);

    public static void Measure(ServerUnderTest server, Fleet fleet)
    {
        Report.Begin($"p99 of {Devices} established devices while {InFlight} handshakes are in flight");
        var devices = new Load(server, fleet).Connect(Devices);
        Times(devices, Length);
        double[] quiet = [.. Enumerable.Range(0, Report.Runs).Select(_ => Times(devices, Length))];
        using var over = new CancellationTokenSource();
        var storm = new Thread(() => Blow(server, fleet, over.Token));
        storm.Start();
        Thread.Sleep(2_000);
        double[] stormy = [.. Enumerable.Range(0, Report.Runs).Select(_ => Times(devices, Length))];
        over.Cancel();
        storm.Join();
        var calm = Report.Line("quiet", "ms", quiet);
        Report.Line("in the storm", "ms", stormy, target: Math.Max(3 * calm, FloorMilliseconds));
    }

    /// <summary>The 99th percentile in milliseconds.</summary>
    private static double Times(LoadDevice[] devices, TimeSpan length)
    {
        var times = new List<double>();
        var clock = Stopwatch.StartNew();
        var due = devices.Select((_, index) => Interval * index / devices.Length).ToArray();
        var waiting = new bool[devices.Length];
        while (clock.Elapsed < length)
        {
            var any = false;
            for (var index = 0; index < devices.Length; index++)
            {
                var device = devices[index];
                if (waiting[index] && device.Pump() && device.Answer is not null)
                {
                    waiting[index] = false;
                    times.Add(Stopwatch.GetElapsedTime(device.Sent).TotalMilliseconds);
                    any = true;
                }

                if (!waiting[index] && clock.Elapsed >= due[index])
                {
                    due[index] = clock.Elapsed + Interval;
                    device.Post("nowhere");
                    waiting[index] = any = true;
                }
            }

            if (!any)
            {
                devices[Math.Max(0, Array.IndexOf(waiting, true))].Wait(100);
            }
        }

        // What is still under way counts as long as it has lasted.
        times.AddRange(devices.Where((_, index) => waiting[index]).Select(device => Stopwatch.GetElapsedTime(device.Sent).TotalMilliseconds));
        times.Sort();
        return times[(int)(times.Count * 0.99)];
    }

    private static void Blow(ServerUnderTest server, Fleet fleet, CancellationToken over)
    {
        Priorities.LowerCurrentThread();
        var load = new Load(server, fleet);
        while (!over.IsCancellationRequested)
        {
            load.Handshake(InFlight * 4, InFlight, over);
        }
    }
}
