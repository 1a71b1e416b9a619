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
    private const double FloorMilliseconds = 3;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(4);
    private static readonly FleetRequest Post = FleetRequest.To("nowhere", CoapCode.Post, "temperature=21.5 C;;"u8);

    public static void Measure(ServerUnderTest server, Fleet fleet, string folder)
    {
        Report.Begin($"p99 of {Devices} established devices while {InFlight} handshakes are in flight");
        var devices = Latency.Connect(server, fleet, Devices);
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

    private static double Times((Load Load, FleetLine Line)[] devices, TimeSpan length) => Latency.Percentile(devices, length, Post);
}
