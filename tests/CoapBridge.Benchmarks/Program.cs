using System.Globalization;
using System.Net;
using CoapBridge.Benchmarks.InProcess;
using CoapBridge.Benchmarks.Loopback;
using CoapBridge.Benchmarks.Support;

if (args is [StormLoad.Verb, var folder, var server, var inFlight])
{
    // A child of the storm benchmark.
    StormLoad.Run(folder, IPEndPoint.Parse(server), int.Parse(inFlight, CultureInfo.InvariantCulture));
}

(string Name, Action Run)[] benchmarks =
[
    ("records", RecordBenchmark.Run),
    ("curve", CurveBenchmark.Run),
    ("admission", AdmissionBenchmark.Run),
    ("handshake", HandshakeBenchmark.Run),
    ("coap", CoapBenchmark.Run),
    ("post", PostBenchmark.Run),
    ("observe", ObserveBenchmark.Run),
    ("idle", IdleBenchmark.Run),
    ("sweep", SweepBenchmark.Run),
    ("survey", SurveyBenchmark.Run),
    ("take-up", TakeUpBenchmark.Run),
    ("outbox", OutboxBenchmark.Run),
    ("start", StartBenchmark.Run),
    .. from part in new[] { "udp-handshake", "udp-resumed", "udp-post", "udp-relay", "storm", "stuck-broker" } select (part, LoopbackBenchmark.Of(part)),
];

var unknown = args.Except(benchmarks.Select(benchmark => benchmark.Name)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"no benchmark {string.Join(", ", unknown)}; there are {string.Join(", ", benchmarks.Select(benchmark => benchmark.Name))}");
    return 2;
}

foreach (var (name, run) in benchmarks)
{
    if (args.Length == 0 || args.Contains(name))
    {
        run();
    }
}

Console.WriteLine(Report.Missed.Count == 0 ? "\nall targets reached" : $"\nmissed:\n{string.Join("\n", Report.Missed)}");
return 0;
