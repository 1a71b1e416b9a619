using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CoapBridge.Benchmarks.Support;
using CoapBridge.Tools.Demo;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>The worker as tools/package packs it: the time from its start to READY, and the memory that it takes when nothing happens.</summary>
internal static class StartBenchmark
{
    private static readonly TimeSpan _rest = TimeSpan.FromSeconds(10);

    public static void Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("coapbridge-start-").FullName;
        try
        {
            var program = Unpack(folder);
            var fleet = new Fleet(1);
            fleet.Write(folder);
            await using var broker = await Broker.StartAsync(fleet, folder);
            var configuration = Path.Combine(folder, "appsettings.json");
            await File.WriteAllTextAsync(configuration, JsonSerializer.Serialize(new Dictionary<string, object>
            {
                ["Identity"] = new { Certificate = "gateway.pem", PrivateKey = "gateway.key", CloudCa = "ca.pem" },
                ["Listen"] = new { Endpoints = new[] { $"{IPAddress.Loopback}:{Ports.FreeUdp()}" } },
                ["Upstream"] = new { Mqtt = new { Host = "localhost", Port = broker.Port, ClientId = "gateway-1" } },
                ["Admin"] = new { Listen = $"{IPAddress.Loopback}:{Ports.FreeTcp()}" },
            }));
            Report.Begin($"The packaged worker with {broker.Name}: start to READY, then {_rest.TotalSeconds} s without a device");
            var starts = new List<(double Milliseconds, double Megabytes)>();
            for (var run = 0; run <= Report.Runs; run++)
            {
                starts.Add(await StartOnceAsync(program, configuration, folder));
            }

            Report.Line("start to READY", "ms", [.. starts.Skip(1).Select(start => start.Milliseconds)], 400);
            Report.Line("resident memory, idle", "MB", [.. starts.Skip(1).Select(start => start.Megabytes)], 60);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>What somebody who installs the package has.</summary>
    private static string Unpack(string folder)
    {
        var package = $"coapbridge-standalone_{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}";
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "CoapBridge.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException("not within the repository");
        }

        Complete(Path.Combine(root.FullName, "tools", "package"), package);
        Complete("dpkg-deb", "-x", Path.Combine(root.FullName, "artifacts", "packages", package + ".deb"), folder);
        return Path.Combine(folder, "usr", "lib", "coapbridge", "coapbridge");
    }

    private static void Complete(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed with exit code {process.ExitCode}");
        }
    }

    private static async Task<(double Milliseconds, double Megabytes)> StartOnceAsync(string program, string configuration, string folder)
    {
        var path = Path.Combine(folder, "notify");
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        listener.Bind(new UnixDomainSocketEndPoint(path));
        var start = new ProcessStartInfo(program, ["run", "--config", configuration]) { Environment = { ["NOTIFY_SOCKET"] = path } };
        UnitEnvironment.AddTo(start.Environment);
        var clock = Stopwatch.StartNew();
        using var process = ForeignProcess.Start(start);
        var buffer = new byte[512];
        while (!Encoding.UTF8.GetString(buffer, 0, listener.Receive(buffer)).StartsWith("READY=1", StringComparison.Ordinal))
        {
        }

        var elapsed = clock.Elapsed;
        await Task.Delay(_rest);
        return (elapsed.TotalMilliseconds, ResidentMegabytes(process.Id));
    }

    private static double ResidentMegabytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024 / 1e6;
    }
}
