using System.Globalization;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Aedes;

/// <summary>The broker of tests/interop/aedes: aedes on Node.js, behind mutual TLS.</summary>
internal sealed class AedesBroker : IAsyncDisposable
{
    private AedesBroker(ChildProcess log, int port)
    {
        Log = log;
        Port = port;
    }

    public int Port { get; }

    public ChildProcess Log { get; }

    /// <summary>Skips the test, CI or not, where the packages are not there: npm may not reach a registry.</summary>
    public static async Task<AedesBroker> StartAsync(TestPki pki)
    {
        var folder = RepositoryFolder.Find("tests", "interop", "aedes");
        Assert.SkipUnless(Directory.Exists(Path.Combine(folder, "node_modules", "aedes")), "tests/interop/aedes/node_modules is not there (npm ci)");
        var log = ChildProcess.Start(
            InstalledProgram.Find("node"), [Path.Combine(folder, "broker.js"), pki["ca.pem"], pki["broker.pem"], pki["broker.key"]]);
        var line = await log.WaitForLineAsync(line => line.StartsWith("listening ", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        return new AedesBroker(log, int.Parse(line["listening ".Length..], CultureInfo.InvariantCulture));
    }

    public ValueTask DisposeAsync() => Log.DisposeAsync();
}
