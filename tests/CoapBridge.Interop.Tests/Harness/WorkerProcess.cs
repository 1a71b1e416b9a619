using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>The built <c>coapbridge</c> as a child process, on ports that the system chose.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private WorkerProcess(ChildProcess child, IPEndPoint endPoint, Uri admin)
    {
        Child = child;
        EndPoint = endPoint;
        Admin = admin;
    }

    public ChildProcess Child { get; }

    /// <summary>Where devices go.</summary>
    public IPEndPoint EndPoint { get; }

    public Uri Admin { get; }

    /// <summary>A configuration that is complete but for what a test is about; settings come after it, as on the command line.</summary>
    public static ChildProcess StartUnchecked(
        TestPki pki, int brokerPort, IEnumerable<string> settings, IReadOnlyDictionary<string, string>? environment = null, string? configuration = null,
        IReadOnlyList<string>? prefix = null)
    {
        var file = pki[$"gateway-{Guid.NewGuid():N}.json"];
        File.WriteAllText(file, configuration ?? $$"""
            {
              // Written by a test.
              "Identity": { "Certificate": "gateway.pem", "PrivateKey": "gateway.key", "CloudCa": "ca.pem" },
              "Listen": { "Endpoints": ["127.0.0.1:0"] },
              "Upstream": { "Mqtt": { "Host": "localhost", "Port": {{brokerPort}}, "ClientId": "gateway-1" } },
              "Admin": { "Listen": "127.0.0.1:0" }
            }
            """);
        string[] command = [.. prefix ?? [], .. CommandRun.Program, "run", "--config", file, .. settings];
        return ChildProcess.Start(command[0], command[1..], environment);
    }

    /// <summary>Starts it and waits until it listens; the broker need not be there.</summary>
    public static Task<WorkerProcess> StartAsync(
        TestPki pki, int brokerPort, IReadOnlyDictionary<string, string>? environment = null, params string[] settings) =>
        StartUnderAsync([], pki, brokerPort, environment, settings);

    /// <param name="prefix">Put before the command line: a program that runs it.</param>
    public static async Task<WorkerProcess> StartUnderAsync(
        IReadOnlyList<string> prefix, TestPki pki, int brokerPort, IReadOnlyDictionary<string, string>? environment, params string[] settings)
    {
        return await ListenAsync(StartUnchecked(pki, brokerPort, settings, environment, null, prefix));
    }

    /// <summary>Starts it with a file of config/profiles, beside the test's certificates under the names that the profile has.</summary>
    public static async Task<WorkerProcess> StartProfileAsync(TestPki pki, string profile, params string[] settings)
    {
        var folder = RepositoryFolder.Find("config", "profiles");
        File.Copy(pki["ca.pem"], pki["cloud-ca.pem"], overwrite: true);
        foreach (var policy in Directory.GetFiles(folder, "*-policy.json"))
        {
            File.Copy(policy, pki[Path.GetFileName(policy)], overwrite: true);
        }

        var text = await File.ReadAllTextAsync(Path.Combine(folder, $"{profile}.json"), TestContext.Current.CancellationToken);
        return await ListenAsync(StartUnchecked(
            pki, 0, ["--Listen:Endpoints=127.0.0.1:0", "--Admin:Listen=127.0.0.1:0", .. settings], configuration: text));
    }

    /// <summary>With a whole configuration of its own.</summary>
    public static Task<WorkerProcess> StartWithAsync(TestPki pki, string configuration, params string[] settings) =>
        ListenAsync(StartUnchecked(pki, 0, settings, null, configuration));

    private static async Task<WorkerProcess> ListenAsync(ChildProcess child)
    {
        try
        {
            var admin = await child.WaitForLineAsync(line => line.Contains(" admin_listening ", StringComparison.Ordinal), Patience);
            var door = child.Lines.First(line => line.Contains(" listening endpoint=", StringComparison.Ordinal));
            return new WorkerProcess(child, IPEndPoint.Parse(ValueOf(door)), new Uri(ValueOf(admin)));
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }

        static string ValueOf(string line) => line[(line.LastIndexOf('=') + 1)..];
    }

    /// <summary>As <see cref="StartAsync"/>, and waits until the broker has accepted it.</summary>
    public static async Task<WorkerProcess> StartConnectedAsync(TestPki pki, MosquittoBroker broker, params string[] settings)
    {
        var worker = await StartAsync(pki, broker.Port, null, settings);
        await worker.WaitForLogAsync("upstream_ready");
        return worker;
    }

    public string Uri(string path) => $"coaps://{EndPoint}{path}";

    /// <summary>The log line with this event, at or after the mark.</summary>
    public Task<string> WaitForLogAsync(string what, int mark = 0) =>
        Child.WaitForLineAsync(line => line.Contains($" {what}", StringComparison.Ordinal), Patience, mark);

    /// <summary>Log lines with this text, from the mark on.</summary>
    public IReadOnlyList<string> LogLines(string text, int mark = 0) =>
        [.. Child.Lines.Skip(mark).Where(line => line.Contains(text, StringComparison.Ordinal))];

    /// <summary>The number of lines so far: give it to the others to look only at what comes after.</summary>
    public int Mark => Child.Lines.Count;

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(Admin, path), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The sum of a metric over its labels.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var (_, text) = await GetAsync("/metrics");
        var values = text.Split('\n')
            .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal) || line.StartsWith(name + "{", StringComparison.Ordinal)).ToList();
        Assert.True(values.Count > 0, $"no metric {name} in:\n{text}");
        return values.Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>Waits until a metric is this, however long that takes within the usual patience.</summary>
    public async Task WaitForMetricAsync(string name, double value)
    {
        var clock = Stopwatch.StartNew();
        while (await MetricAsync(name) is var now && now != value)
        {
            Assert.True(clock.Elapsed < Patience, $"{name} is {now}, not {value}, after {Patience}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>SIGTERM; it must be gone, in good order, within 10 s.</summary>
    public async Task StopAsync()
    {
        Child.Signal(ChildProcess.SigTerm);
        Assert.Equal(0, await Child.WaitForExitAsync(TimeSpan.FromSeconds(10)));
    }

    public ValueTask DisposeAsync() => Child.DisposeAsync();
}
