using System.Globalization;
using CoapBridge.Fuzz;

const string Usage =
    "usage: CoapBridge.Fuzz [engine ...] [--count 10000000] [--seed 1] [--time hh:mm:ss] [--failures folder]\n" +
    "       CoapBridge.Fuzz engine --replay file\n" +
    "       CoapBridge.Fuzz --corpus folder     makes the stored sessions anew";

string? Value(string name) => Array.IndexOf(args, name) is >= 0 and var at ? args.ElementAtOrDefault(at + 1) : null;

try
{
    var known = new[] { "--count", "--seed", "--time", "--failures", "--replay", "--corpus" };
    var engines = args.Where((word, at) => !word.StartsWith('-') && (at == 0 || !known.Contains(args[at - 1]))).ToArray();
    if (args.FirstOrDefault(word => word.StartsWith('-') && !known.Contains(word)) is { } unknown)
    {
        Console.Error.WriteLine(unknown is "--help" or "-h" ? Usage : $"unknown option {unknown}\n{Usage}");
        return unknown is "--help" or "-h" ? 0 : 64;
    }

    if (Value("--corpus") is { } corpus)
    {
        CorpusMaker.Write(corpus);
        return 0;
    }

    if (Value("--replay") is { } file)
    {
        FuzzSession.Replay(FuzzTargets.Create(engines.Single()), FuzzSession.Read(file));
        Console.WriteLine("the session passes");
        return 0;
    }

    var count = long.Parse(Value("--count") ?? "10000000", NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    var seed = int.Parse(Value("--seed") ?? "1", CultureInfo.InvariantCulture);
    var time = TimeSpan.Parse(Value("--time") ?? "10.00:00:00", CultureInfo.InvariantCulture);
    var folder = Directory.CreateDirectory(Value("--failures") ?? ".").FullName;
    var failures = 0;
    foreach (var name in engines.Length > 0 ? engines : FuzzTargets.Names)
    {
        var run = new FuzzRun(FuzzTargets.Create(name), seed, Console.Out);
        run.Run(count, time, folder);
        failures += run.Failures;
    }

    return failures == 0 ? 0 : 1;
}
catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException or IOException)
{
    Console.Error.WriteLine(exception.Message);
    return 64;
}
