using System.Text.Json;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Load;

/// <summary>The load generator as an operator calls it, on the worker and Mosquitto; a few seconds each.</summary>
public sealed class LoadTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Traffic_is_answered_counted_and_at_the_broker()
    {
        await fixture.StartAsync();
        var summary = await RunAsync(0, "--devices", "40", "--duration", "4", "--rate", "200", "--ramp", "1", "--window", "2", "--payload-size", "50", "--threads", "2");
        var requests = summary.GetProperty("requests");
        var answered = requests.GetProperty("answered").GetInt64();
        Assert.InRange(answered, 100, 1_000);
        Assert.Equal(answered, requests.GetProperty("codes").GetProperty("2.04").GetInt64());
        Assert.Equal(requests.GetProperty("sent").GetInt64(), answered);
        Assert.Equal((40, 40), (summary.GetProperty("connected").GetInt32(), summary.GetProperty("handshakes").GetProperty("count").GetInt32()));
        Assert.True(requests.GetProperty("milliseconds").GetProperty("p99").GetDouble() > 0);
        Assert.True(await fixture.Worker.MetricAsync("coapbridge_coap_requests_total") >= answered);
    }

    [Fact]
    public async Task Non_confirmables_without_connection_ids_are_answered_too()
    {
        await fixture.StartAsync();
        var summary = await RunAsync(0, "--devices", "5", "--duration", "2", "--rate", "50", "--non", "--no-cid");
        Assert.True(summary.GetProperty("requests").GetProperty("codes").GetProperty("2.04").GetInt64() > 20);
    }

    [Fact]
    public async Task Full_handshakes_are_counted()
    {
        await fixture.StartAsync();
        var summary = await RunAsync(0, "--mode", "handshake", "--devices", "10", "--duration", "3", "--rate", "20", "--at-a-time", "4");
        var handshakes = summary.GetProperty("handshakes");
        Assert.InRange(handshakes.GetProperty("count").GetInt64(), 20, 65);
        Assert.Equal(0, handshakes.GetProperty("resumed").GetInt64());
    }

    [Fact]
    public async Task From_the_second_time_on_sessions_are_resumed()
    {
        await fixture.StartAsync();
        var summary = await RunAsync(0, "--mode", "resume", "--devices", "5", "--duration", "3", "--rate", "20");
        var handshakes = summary.GetProperty("handshakes");
        Assert.Equal(handshakes.GetProperty("count").GetInt64() - 5, handshakes.GetProperty("resumed").GetInt64());
    }

    [Fact]
    public async Task Devices_of_another_ca_are_refused_and_the_exit_code_says_so()
    {
        await fixture.StartAsync();
        Directory.CreateDirectory(fixture.Pki["stranger"]);
        fixture.Pki.Stranger.Certificate.Write(fixture.Pki["stranger"], "ca");
        var summary = await RunAsync(3, "--issuer", fixture.Pki["stranger"], "--ca", fixture.Pki["ca.pem"], "--devices", "2", "--duration", "2");
        Assert.True(summary.GetProperty("handshakes").GetProperty("refused").GetProperty("peer_alert 48").GetInt64() >= 2);
    }

    [Fact]
    public async Task Ctrl_c_ends_it_with_the_summary()
    {
        await fixture.StartAsync();
        await using var load = Start("--devices", "5", "--duration", "0", "--rate", "20");
        await load.WaitForLineAsync(line => line.Contains(" requests/s ", StringComparison.Ordinal), _patience);
        load.Signal(ChildProcess.SigInt);
        Assert.Equal(0, await load.WaitForExitAsync(_patience));
        Assert.Contains(load.Lines, line => line.Contains("\"answered\"", StringComparison.Ordinal));
    }

    private async Task<JsonElement> RunAsync(int exitCode, params string[] options)
    {
        await using var load = Start(options);
        Assert.True(await load.WaitForExitAsync(_patience) == exitCode, string.Join('\n', load.Lines));
        var lines = load.Lines.Where(line => !line.Contains(" s  connected ", StringComparison.Ordinal)).SkipWhile(line => line != "{").TakeWhile(line => line != "}").Append("}");
        return JsonDocument.Parse(string.Join('\n', lines)).RootElement.Clone();
    }

    private ChildProcess Start(params string[] options)
    {
        string[] issuer = options.Contains("--issuer") ? [] : ["--issuer", fixture.Pki.Folder];
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return ChildProcess.Start(host, [Path.Combine(AppContext.BaseDirectory, "CoapBridge.Tools.dll"), "load", fixture.Worker.Uri("/t/load"), .. issuer, "--json", .. options]);
    }
}
