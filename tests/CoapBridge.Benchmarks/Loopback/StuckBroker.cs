using System.Diagnostics;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Coap;
using CoapBridge.Tools.Fleet;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>
/// What devices notice of a broker that hangs, when they ask for what the gateway answers by itself: a ping, a path that is not
/// there, and telemetry, which gets 5.03 when the broker has been given up. Each beside the same while nothing hangs: with the broker
/// well, and 5.03 with no broker at all. Meanwhile 200 others post what the broker should have.
/// </summary>
internal static class StuckBroker
{
    private const int Devices = 20;
    private const int Relaying = 200;
    private const int RelayedAtATime = 4;
    private const double Factor = 2;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan GivenUp = TimeSpan.FromMinutes(3);
    private static readonly FleetRequest Unknown = FleetRequest.To("nowhere", CoapCode.Post, "temperature=21.5 C;;"u8);
    private static readonly FleetRequest Telemetry = FleetRequest.To("t/x", CoapCode.Post, "temperature=21.5 C;;"u8);

    public static void Measure(ServerUnderTest server, Broker broker, Fleet fleet)
    {
        Report.Begin($"p99 of {Devices} devices' local answers while {broker.Name} hangs and {Relaying} others post");
        var devices = Latency.Connect(server, fleet, Devices);
        using var over = new CancellationTokenSource();
        var relaying = new Thread(() => Relay(server, fleet, over.Token));
        relaying.Start();
        var (ping, unknown) = (Times(FleetRequest.Ping), Times(Unknown));
        broker.Freeze();
        var (stuckPing, stuckUnknown) = (Times(FleetRequest.Ping), Times(Unknown));
        AwaitRefusals(devices[0]);
        var stuckRefused = Times(Telemetry);
        broker.Stop();
        var refused = Times(Telemetry);
        over.Cancel();
        relaying.Join();
        var calmPing = Report.Line("ping, broker well", "ms", ping);
        Report.Line("ping, broker stuck", "ms", stuckPing, target: Factor * calmPing);
        var calm = Report.Line("4.04, broker well", "ms", unknown);
        Report.Line("4.04, broker stuck", "ms", stuckUnknown, target: Factor * calm);
        var away = Report.Line("5.03, no broker", "ms", refused);
        Report.Line("5.03, broker stuck, given up", "ms", stuckRefused, target: Factor * away);

        // One more than is reported: the first finds code that has not run yet.
        double[] Times(FleetRequest request) => [.. Enumerable.Range(0, Report.Runs + 1).Select(_ => Latency.Percentile(devices, Length, request)).Skip(1)];
    }

    /// <summary>Until the gateway has given the broker up: what was 5.04 after its time is 5.03 at once.</summary>
    private static void AwaitRefusals((Load Load, FleetLine Line) device)
    {
        for (var clock = Stopwatch.StartNew(); device.Load.Time(device.Line, Telemetry, TimeSpan.FromSeconds(15)) > TimeSpan.FromSeconds(1);)
        {
            if (clock.Elapsed > GivenUp)
            {
                throw new InvalidOperationException("the gateway does not give the stuck broker up");
            }
        }
    }

    private static void Relay(ServerUnderTest server, Fleet fleet, CancellationToken over)
    {
        Priorities.LowerCurrentThread();
        using var load = new Load(server, fleet.Devices);
        load.PostOn(load.Connect(Relaying), RelayedAtATime, TimeSpan.FromMilliseconds(10), Telemetry, over);
    }
}
