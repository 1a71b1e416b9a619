using System.Globalization;
using System.Runtime.InteropServices;
using CoapBridge.Proof.Brokers;
using CoapBridge.Soak;

const string Usage =
    "usage: CoapBridge.Soak [--hours n | --minutes n] [--devices 100] [--rate 50] [--seed n] [--tolerance 5] [--folder for logs and state]";

string[] known = ["--hours", "--minutes", "--devices", "--rate", "--seed", "--tolerance", "--folder"];
if (args.Where((_, at) => at % 2 == 0).Except(known).Any() || args.Length % 2 != 0)
{
    Console.Error.WriteLine(Usage);
    return 64;
}

if (!MosquittoProcess.IsInstalled)
{
    Console.Error.WriteLine("mosquitto is not installed");
    return 3;
}

double Value(string name, double preset) =>
    Array.IndexOf(args, name) is >= 0 and var at ? double.Parse(args[at + 1], CultureInfo.InvariantCulture) : preset;

var own = Array.IndexOf(args, "--folder") is >= 0 and var place ? args[place + 1] : null;
if (own is not null)
{
    Directory.CreateDirectory(own);
}

var settings = new SoakSettings { Folder = Path.GetFullPath(own ?? Directory.CreateTempSubdirectory("coapbridge-soak-").FullName), Tell = Console.WriteLine };
settings = settings with
{
    Length = args.Contains("--minutes") ? TimeSpan.FromMinutes(Value("--minutes", 10)) : TimeSpan.FromHours(Value("--hours", 1)),
    Devices = (int)Value("--devices", settings.Devices),
    Rate = Value("--rate", settings.Rate),
    Seed = (int)Value("--seed", settings.Seed),
    Tolerance = Value("--tolerance", 100 * settings.Tolerance) / 100,
};
using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
var report = await SoakRun.CarryOutAsync(settings, stop.Token);
Console.WriteLine(report);
Console.WriteLine(report.Faults.Count == 0 ? "soaked: all is well" : $"{report.Faults.Count} faults; logs are in {settings.Folder}");
if (report.Faults.Count == 0 && own is null)
{
    Directory.Delete(settings.Folder, recursive: true);
}

return report.Faults.Count == 0 ? 0 : 1;

// Ctrl-C ends it early, with the report.
void End(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
