using System.Diagnostics;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Network;

namespace CoapBridge.Benchmarks.InProcess;

/// <summary>How long a start takes longer for the connections of the run before: writing, reading, judging and taking them up.</summary>
internal static class TakeUpBenchmark
{
    private const int Connections = 20_000;

    public static void Run()
    {
        Report.Begin($"{Connections:#,0} saved connections, in this process, wall time");
        // Each has a certificate of its own, so each signature is verified.
        var fleet = new Fleet(Connections);
        var gateway = new LocalGateway(fleet, Connections);
        for (var number = 0; number < Connections; number++)
        {
            gateway.Connect(fleet, number, new ServerClock());
            gateway.Pass(TimeSpan.FromMilliseconds(5));
        }

        gateway.Pass(TimeSpan.FromMinutes(10));
        gateway.Shard.BeginHandover(gateway.Now, TimeSpan.FromSeconds(6));
        gateway.Pass(TimeSpan.Zero);
        var saved = Timed("save", () => gateway.Shard.Save(gateway.Now));
        var bytes = new byte[SavedConnections.LengthOf(saved)];
        SavedConnections.Write(saved, bytes);
        Report.Note($"{bytes.Length / (double)Connections:0} bytes each");
        var next = new LocalGateway(fleet.Forgotten(), Connections) { Now = gateway.Now };
        var read = Timed("read", () => SavedConnections.TryRead(bytes, next.Settings, new SystemEntropy(), next.Now, next.Now, out var all) ? all : throw new InvalidOperationException("malformed"));
        var time = DateTimeOffset.UtcNow;
        var verdicts = new PeerVerdict[read.Count];
        Timed("judge, on all processors", () => Parallel.For(0, read.Count, index => verdicts[index] = read[index].Judge(next.Settings.Generation.Dtls.Verifier, time)));
        Timed("take up", () =>
        {
            for (var index = 0; index < read.Count; index++)
            {
                if (next.Shard.TakeUp(next.Now, read[index], verdicts[index]) is { } reason)
                {
                    throw new InvalidOperationException(reason);
                }
            }

            next.Pass(TimeSpan.Zero);
            return next.Shard.ConnectionCount;
        });
    }

    private static T Timed<T>(string what, Func<T> step)
    {
        var clock = Stopwatch.StartNew();
        var result = step();
        var time = clock.Elapsed.TotalMilliseconds;
        Report.Line(what, "ms", [time], note: $"{time * 1000 / Connections:0.0} µs each");
        return result;
    }
}
