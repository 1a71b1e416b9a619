using System.Globalization;
using CoapBridge.Proof;
using CoapBridge.Proof.Brokers;

const string Usage =
    "usage: CoapBridge.Proof [--faults 50] [--devices 200] [--seed n] [--broker recording|mosquitto] [--folder for logs and journals]";

if (args is ["broker", var port, var files, var sessions])
{
    // The broker of a proof, as its child.
    await new RecordingBroker(int.Parse(port, CultureInfo.InvariantCulture), files, sessions == "keep").RunAsync();
    return 0;
}

string? Value(string name) => Array.IndexOf(args, name) is >= 0 and var at ? args.ElementAtOrDefault(at + 1) : null;

string[] known = ["--faults", "--devices", "--seed", "--broker", "--folder"];
if (args.Where((_, at) => at % 2 == 0).Except(known).Any() || args.Length % 2 != 0)
{
    Console.Error.WriteLine(Usage);
    return 64;
}

var folder = Value("--folder") ?? Directory.CreateTempSubdirectory("coapbridge-proof-").FullName;
var settings = new ProofSettings { Folder = folder, Tell = Console.WriteLine, WithMosquitto = Value("--broker") == "mosquitto" };
settings = settings with
{
    Faults = int.Parse(Value("--faults") ?? $"{settings.Faults}", CultureInfo.InvariantCulture),
    Devices = int.Parse(Value("--devices") ?? $"{settings.Devices}", CultureInfo.InvariantCulture),
    Seed = int.Parse(Value("--seed") ?? $"{settings.Seed}", CultureInfo.InvariantCulture),
};
var report = await ProofRun.CarryOutAsync(settings);
Console.WriteLine(report);
foreach (var fault in report.Faults)
{
    Console.WriteLine($"FAULT  {fault}");
}

Console.WriteLine(report.Faults.Count == 0 ? "nothing lost" : $"{report.Faults.Count} faults; logs and journals are in {folder}");
if (report.Faults.Count == 0 && Value("--folder") is null)
{
    Directory.Delete(folder, recursive: true);
}

return report.Faults.Count == 0 ? 0 : 1;
