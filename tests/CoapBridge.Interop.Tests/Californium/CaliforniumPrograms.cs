using CoapBridge.Interop.Tests.Harness;

[assembly: AssemblyFixture(typeof(CoapBridge.Interop.Tests.Californium.CaliforniumPrograms))]

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>The client and the server of tests/interop/californium, compiled once, when the first test wants them.</summary>
public sealed class CaliforniumPrograms : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly string _classes = Directory.CreateTempSubdirectory("coapbridge-californium-").FullName;
    private Task? _compiling;

    /// <summary>The folder with Californium's jars; null when there is none.</summary>
    private static string? Jars { get; } = new[]
    {
        Environment.GetEnvironmentVariable("CALIFORNIUM_JARS"),
        RepositoryFolder.Find("tests", "interop", "californium", "target", "jars"),
    }.FirstOrDefault(folder => folder is { Length: > 0 } && Directory.Exists(folder));

    /// <summary>Runs the client to its end and tells its results.</summary>
    internal async Task<IReadOnlyList<ResultLine>> RunClientAsync(
        TestPki pki, string uri, string[] options, string? device = "device-1", string authority = "ca", TimeSpan? limit = null)
    {
        await using var child = await StartClientAsync(pki, uri, options, device, authority);
        var code = await child.WaitForExitAsync(limit ?? TimeSpan.FromSeconds(60));
        Assert.True(code == 0, child.Output);
        return ResultLine.ParseAll(child.Lines);
    }

    internal Task<ChildProcess> StartClientAsync(
        TestPki pki, string uri, string[] options, string? device = "device-1", string authority = "ca")
    {
        string[] certificate = device is null ? [] : ["--cert", pki[device + ".pem"], "--key", pki[device + ".key"]];
        return StartAsync("Client", ["--uri", uri, "--ca", pki[authority + ".pem"], .. certificate, .. options]);
    }

    /// <summary>Starts the server with the gateway's certificate; the second result is its port.</summary>
    internal async Task<(ChildProcess Server, int Port)> StartServerAsync(TestPki pki, params string[] options)
    {
        var child = await StartAsync(
            "Server", ["--ca", pki["ca.pem"], "--cert", pki["gateway.pem"], "--key", pki["gateway.key"], .. options]);
        var line = await child.WaitForLineAsync(line => line.StartsWith("listening ", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        return (child, int.Parse(ResultLine.ParseAll([line])[0]["port"]));
    }

    /// <summary>Skips the test, saying what is missing.</summary>
    internal static void SkipIfMissing()
    {
        Assert.SkipWhen(Jars is null, "CALIFORNIUM_JARS is not set, and tests/interop/californium/target/jars is not there (mvn package)");
        Assert.SkipWhen(FindProgram("java") is null || FindProgram("javac") is null, "java and javac are not installed");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_classes, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<ChildProcess> StartAsync(string program, IEnumerable<string> arguments)
    {
        SkipIfMissing();
        lock (_gate)
        {
            _compiling ??= CompileAsync();
        }

        await _compiling;
        return ChildProcess.Start(
            FindProgram("java")!, ["-XX:TieredStopAtLevel=1", "-cp", $"{_classes}:{Jars}/*", $"coapbridge.interop.{program}", .. arguments]);
    }

    private async Task CompileAsync()
    {
        var sources = Directory.GetFiles(RepositoryFolder.Find("tests", "interop", "californium", "src"), "*.java", SearchOption.AllDirectories);
        await using var child = ChildProcess.Start(
            FindProgram("javac")!, ["-encoding", "UTF-8", "-cp", $"{Jars}/*", "-d", _classes, .. sources]);
        var code = await child.WaitForExitAsync(TimeSpan.FromSeconds(120));
        Assert.True(code == 0, child.Output);
    }

    private static string? FindProgram(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
