using CoapBridge.Benchmarks.Support;
using CoapBridge.Gateway;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>What a look at the status page costs a shard with many devices that rest: in all, and at a time.</summary>
internal static class SurveyBenchmark
{
    private const int Connections = 50_000;

    /// <summary>As the shard's loop does it, a millisecond apart.</summary>
    private const int Portion = 1_024;

    public static void Run()
    {
        Report.Begin($"A survey of {Connections:#,0} resting connections on one shard, in this process");
        var fleet = new Fleet();
        var gateway = new LocalGateway(fleet, Connections);
        for (var number = 0; number < Connections; number++)
        {
            gateway.Connect(fleet, number, new ServerClock());
            gateway.Pass(TimeSpan.FromMilliseconds(5));
        }

        gateway.Pass(TimeSpan.FromMinutes(10));
        gateway.Pass(TimeSpan.FromMinutes(10));
        Report.Line("connections at rest", "", [gateway.Shard.RestingCount]);
        for (var time = 0; time < 3; time++)
        {
            Measure("the first 5,000 (the page)", gateway, null);
            Measure("who is called so (nobody)", gateway, "nobody");
        }
    }

    private static void Measure(string what, LocalGateway gateway, string? name)
    {
        var survey = new ConnectionSurvey(name, 5_000);
        var clock = new ServerClock();
        var longest = 0.0;
        for (var done = false; !done;)
        {
            var before = clock.Microseconds;
            clock.Start();
            done = gateway.Shard.Continue(gateway.Now, survey, Portion);
            clock.Stop();
            longest = Math.Max(longest, clock.Microseconds - before);
        }

        Report.Line($"{what}: the shard's part", "ms", [clock.Microseconds / 1_000]);
        Report.Line($"{what}: longest portion", "ms", [longest / 1_000]);
    }
}
