using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using CoapBridge.Proof;
using CoapBridge.Tools.Demo;

namespace CoapBridge.Soak;

/// <summary>The built <c>coapbridge</c> as its operator has it: started, reloaded, restarted on the same ports and files, measured.</summary>
internal sealed class SoakGateway(string folder, IPEndPoint door, IPEndPoint admin, int brokerPort) : IAsyncDisposable
{
    private const int SigHup = 1;

    /// <summary>SIGTERM to exit.</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private Child? _child;

    /// <summary>What is wrong with it, a sentence each.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>When the present process began.</summary>
    public Stopwatch Life { get; private set; } = new();

    public async Task StartAsync()
    {
        var configuration = Path.Combine(folder, "gateway.json");
        await File.WriteAllTextAsync(configuration, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Identity"] = new { Certificate = "gateway.pem", PrivateKey = "gateway.key", CloudCa = "ca.pem" },
            ["Listen"] = new { Endpoints = new[] { $"{door}" }, IdleTimeout = "00:05:00" },
            ["Upstream"] = new { Mqtt = new { Host = "localhost", Port = brokerPort, ClientId = "gateway-1", KeepAlive = "00:00:10" } },
            ["State"] = new { Directory = Path.Combine(folder, "state") },
            ["Admin"] = new { Listen = $"{admin}" },
        }));
        _child = Child.Start(Child.Ours("coapbridge.dll", "run", "--config", configuration), Path.Combine(folder, "gateway.log"), UnitEnvironment.AddTo);
        await _child.WaitForLineAsync(" admin_listening ", TimeSpan.FromSeconds(60));
        Life = Stopwatch.StartNew();
    }

    /// <summary>SIGHUP.</summary>
    public void Reload() => _child!.Signal(SigHup);

    /// <summary>SIGTERM; it must end in good order and in time.</summary>
    public async Task StopAsync()
    {
        var child = _child!;
        if (child.HasExited)
        {
            Faults.Add($"the gateway ended by itself; its last line is {child.Lines.LastOrDefault()}");
        }

        var clock = Stopwatch.StartNew();
        child.Signal(Child.SigTerm);
        if (await child.WaitForExitAsync(2 * StopLimit) is var code && (code != 0 || clock.Elapsed > StopLimit))
        {
            Faults.Add(string.Create(CultureInfo.InvariantCulture, $"after SIGTERM the gateway ended with {code?.ToString() ?? "nothing"} after {clock.Elapsed.TotalSeconds:0.0} s"));
        }

        await DisposeAsync();
    }

    /// <summary>Its size and its tables now; null while it does not answer.</summary>
    public async Task<Sample?> MeasureAsync()
    {
        try
        {
            var process = $"/proc/{_child!.Id}";
            var status = (await File.ReadAllLinesAsync($"{process}/status")).Select(line => line.Split(':', 2)).ToDictionary(line => line[0], line => line[1].Trim());
            var text = await Http.GetStringAsync(new Uri($"http://{admin}/metrics"));
            var totals = text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').GroupBy(line => line[..line.IndexOfAny([' ', '{'])])
                .ToDictionary(group => group.Key, group => group.Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)));
            return new Sample(
                Life.Elapsed, Kilobytes(status["VmRSS"]), Kilobytes(status["RssAnon"]), Directory.GetFiles($"{process}/fd").Length,
                int.Parse(status["Threads"], CultureInfo.InvariantCulture), totals);
        }
        catch (Exception gone) when (gone is IOException or HttpRequestException or TaskCanceledException or NullReferenceException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is { } child)
        {
            _child = null;
            await child.DisposeAsync();
            Faults.AddRange(child.Lines.Where(line => line.Contains(" unhandled_exception ", StringComparison.Ordinal)).Take(3));
        }
    }

    private static long Kilobytes(string value) => long.Parse(value.Split(' ')[0], CultureInfo.InvariantCulture);
}
