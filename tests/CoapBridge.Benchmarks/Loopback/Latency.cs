using System.Diagnostics;
using System.Runtime;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Tools.Fleet;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>How long connected devices wait for what they ask again and again; nothing is collected meanwhile.</summary>
internal static class Latency
{
    private const long AllocatedAtMost = 128 << 20;

    /// <summary>A datagram that was lost counts as this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static (Load Load, FleetLine Line)[] Connect(ServerUnderTest server, Fleet fleet, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new Load(server, fleet.Devices)).Select(load => (load, load.Connect(1)[0]))];

    /// <summary>The 99th percentile in milliseconds. Each device has a thread, which sleeps: whoever measures must not take the processor from what is measured.</summary>
    public static double Percentile((Load Load, FleetLine Line)[] devices, TimeSpan length, FleetRequest request)
    {
        GC.Collect();
        GC.TryStartNoGCRegion(AllocatedAtMost);
        var clock = Stopwatch.StartNew();
        var times = new List<double>[devices.Length];
        var threads = devices.Select((device, index) => new Thread(() => times[index] = Times(device, clock, Interval * index / devices.Length, length, request))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
        {
            GC.EndNoGCRegion();
        }

        List<double> all = [.. times.SelectMany(time => time).Order()];
        return all[(int)(all.Count * 0.99)];
    }

    private static List<double> Times((Load Load, FleetLine Line) device, Stopwatch clock, TimeSpan first, TimeSpan length, FleetRequest request)
    {
        var times = new List<double>();
        for (var due = first; due < length; due += Interval)
        {
            if (due > clock.Elapsed)
            {
                Thread.Sleep(due - clock.Elapsed);
            }

            times.Add(device.Load.Time(device.Line, request, Patience).TotalMilliseconds);
        }

        return times;
    }
}
