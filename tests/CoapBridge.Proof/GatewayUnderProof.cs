using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace CoapBridge.Proof;

/// <summary>The built <c>coapbridge</c>, which is killed and started again on the same ports and files.</summary>
internal sealed class GatewayUnderProof(string folder, IPEndPoint door, IPEndPoint admin, int brokerPort, string state, string[] prefix) : IAsyncDisposable
{
    /// <summary>SIGTERM to exit (issue 6, point 7).</summary>
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private Child? _child;

    /// <summary>What is a fault of the gateway beside lost messages, each a sentence.</summary>
    public List<string> Faults { get; } = [];

    private string LogFile => Path.Combine(folder, "gateway.log");

    public async Task StartAsync()
    {
        var configuration = Path.Combine(folder, "gateway.json");
        await File.WriteAllTextAsync(configuration, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Identity"] = new { Certificate = "gateway.pem", PrivateKey = "gateway.key", CloudCa = "ca.pem" },
            ["Listen"] = new { Endpoints = new[] { $"{door}" } },
            ["Upstream"] = new { Mqtt = new { Host = "localhost", Port = brokerPort, ClientId = "gateway-1", KeepAlive = "00:00:03", AckTimeout = "00:00:04" } },
            ["Devices"] = new { MaxConnectionsPerDevice = 8, Limits = new { MessagesPerSecond = 100_000, BytesPerSecond = 100_000_000, Burst = 100_000 } },
            ["State"] = new { Directory = state },
            ["Admin"] = new { Listen = $"{admin}" },
        }));
        _child = Child.Start([.. prefix, .. Child.Ours("coapbridge.dll", "run", "--config", configuration)], LogFile);
        await _child.WaitForLineAsync(" admin_listening ", TimeSpan.FromSeconds(60));
    }

    public async Task KillAsync()
    {
        ExpectAlive();
        _child!.Signal(Child.SigKill);
        await EndAsync();
    }

    /// <summary>SIGTERM; it must end in good order and in time.</summary>
    public async Task StopAsync()
    {
        ExpectAlive();
        var clock = Stopwatch.StartNew();
        _child!.Signal(Child.SigTerm);
        if (await _child.WaitForExitAsync(2 * StopLimit) is var code && (code != 0 || clock.Elapsed > StopLimit))
        {
            Faults.Add(string.Create(CultureInfo.InvariantCulture, $"stop: after SIGTERM the gateway ended with {code?.ToString() ?? "nothing"} after {clock.Elapsed.TotalSeconds:0.0} s"));
        }

        await EndAsync();
    }

    /// <summary>Its log, of this run, has that event.</summary>
    public bool HasSaid(string what) => _child?.Lines.Exists(line => line.Contains($" {what} ", StringComparison.Ordinal)) == true;

    /// <summary>How many messages this run has written to its outbox; 0 when it is too busy to say.</summary>
    public async Task<long> StoredAsync()
    {
        try
        {
            return (long)await MetricAsync("""coapbridge_outbox_messages_total{outcome="stored"}""");
        }
        catch (Exception busy) when (busy is HttpRequestException or TaskCanceledException)
        {
            return 0;
        }
    }

    /// <summary>A metric, or the sum over its labels.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = await Http.GetStringAsync(new Uri($"http://{admin}/metrics"));
        return text.Split('\n')
            .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal) || line.StartsWith(name + "{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is not null)
        {
            await EndAsync();
        }
    }

    private void ExpectAlive()
    {
        if (_child!.HasExited)
        {
            Faults.Add($"crash: the gateway ended by itself; its last line is {_child.Lines.LastOrDefault()}");
        }
    }

    private async Task EndAsync()
    {
        var child = _child!;
        _child = null;
        await child.DisposeAsync();
        Faults.AddRange(child.Lines.Where(line => line.Contains(" unhandled_exception ", StringComparison.Ordinal)).Take(3).Select(line => $"exception: {line}"));
    }
}
