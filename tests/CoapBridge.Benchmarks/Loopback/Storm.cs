using System.Diagnostics;
using System.Runtime;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Coap;
using CoapBridge.Tools.Fleet;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>
/// What devices that are connected notice while 500 others try to connect at the same time, again and again: the time from
/// a CON POST to its 4.04. The storm is a process of its own at nice 19; here nothing is collected while times are taken.
/// </summary>
internal static class Storm
{
    private const int Devices = 20;
    private const int InFlight = 500;
    private const long AllocatedAtMost = 128 << 20;
    private const double FloorMilliseconds = 3;

    /// <summary>A datagram that was lost counts as this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(4);
    private static readonly FleetRequest Post = FleetRequest.To("nowhere", CoapCode.Post, "temperature=21.5 C;;"u8);

    public static void Measure(ServerUnderTest server, Fleet fleet, string folder)
    {
        Report.Begin($"p99 of {Devices} established devices while {InFlight} handshakes are in flight");
        (Load Load, FleetLine Line)[] devices = [.. Enumerable.Range(0, Devices).Select(_ => new Load(server, fleet.Devices)).Select(load => (load, load.Connect(1)[0]))];
        Times(devices, Length);
        double[] quiet = [.. Enumerable.Range(0, Report.Runs).Select(_ => Times(devices, Length))];
        double[] stormy;
        using (var storm = ForeignProcess.Start("nice", ["-n", "19", Environment.ProcessPath!, StormLoad.Verb, folder, $"{server.EndPoint}", $"{InFlight}"]))
        {
            Thread.Sleep(5_000);
            stormy = [.. Enumerable.Range(0, Report.Runs).Select(_ => Times(devices, Length))];
            if (storm is not { HasExited: false })
            {
                throw new InvalidOperationException("There was no storm: its process has ended.");
            }
        }

        var calm = Report.Line("quiet", "ms", quiet);
        Report.Line("in the storm", "ms", stormy, target: Math.Max(3 * calm, FloorMilliseconds));
    }

    /// <summary>The 99th percentile in milliseconds. Each device has a thread, which sleeps: whoever measures must not take the processor from what is measured.</summary>
    private static double Times((Load Load, FleetLine Line)[] devices, TimeSpan length)
    {
        GC.Collect();
        GC.TryStartNoGCRegion(AllocatedAtMost);
        var clock = Stopwatch.StartNew();
        var times = new List<double>[devices.Length];
        var threads = devices.Select((device, index) => new Thread(() => times[index] = Times(device, clock, Interval * index / devices.Length, length))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
        {
            GC.EndNoGCRegion();
        }

        List<double> all = [.. times.SelectMany(time => time).Order()];
        return all[(int)(all.Count * 0.99)];
    }

    private static List<double> Times((Load Load, FleetLine Line) device, Stopwatch clock, TimeSpan first, TimeSpan length)
    {
        var times = new List<double>();
        for (var due = first; due < length; due += Interval)
        {
            if (due > clock.Elapsed)
            {
                Thread.Sleep(due - clock.Elapsed);
            }

            times.Add(device.Load.Time(device.Line, Post, Patience).TotalMilliseconds);
        }

        return times;
    }
}
