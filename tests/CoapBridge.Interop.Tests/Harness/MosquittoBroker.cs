using System.Net;
using System.Net.Sockets;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>A real Mosquitto that wants client certificates, on a free port; it can be stopped, frozen and started again.</summary>
internal sealed class MosquittoBroker : IAsyncDisposable
{
    private readonly string _program;
    private readonly string _configuration;
    private ChildProcess? _child;

    private MosquittoBroker(string program, string configuration, int port)
    {
        _program = program;
        _configuration = configuration;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Its log since the last start; every packet is a line.</summary>
    public ChildProcess Log => _child ?? throw new InvalidOperationException("not started");

    /// <param name="pki">Where certificates are and the configuration goes.</param>
    /// <param name="certificate">The name of the broker's own certificate.</param>
    /// <param name="authorities">The CA file for client certificates.</param>
    /// <param name="lines">More lines for the configuration; the last of a key wins nothing in Mosquitto, so only new keys.</param>
    public static async Task<MosquittoBroker> StartAsync(
        TestPki pki, string certificate = "broker", string authorities = "ca.pem", string lines = "allow_anonymous true")
    {
        var program = InstalledProgram.Find("mosquitto");
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var file = pki[$"mosquitto-{port}.conf"];
            await File.WriteAllTextAsync(
                file,
                $"""
                listener {port} 127.0.0.1
                cafile {pki[authorities]}
                certfile {pki[certificate + ".pem"]}
                keyfile {pki[certificate + ".key"]}
                require_certificate true
                log_dest stderr
                log_type all
                user {Environment.UserName}
                {lines}

                """,
                TestContext.Current.CancellationToken);
            var broker = new MosquittoBroker(program, file, port);
            try
            {
                await broker.StartAgainAsync();
                return broker;
            }
            catch (Exception) when (attempt < 3)
            {
                await broker.DisposeAsync(); // somebody else got the port in between
            }
        }
    }

    public async Task StartAgainAsync()
    {
        _child = ChildProcess.Start(_program, ["-c", _configuration]);
        await _child.WaitForLineAsync(line => line.EndsWith(" running", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
    }

    /// <summary>SIGTERM, as when the service is stopped.</summary>
    public async Task StopAsync()
    {
        Log.Signal(ChildProcess.SigTerm);
        await Log.WaitForExitAsync(TimeSpan.FromSeconds(10));
        await Log.DisposeAsync();
    }

    /// <summary>It is there, but silent.</summary>
    public void Freeze() => Log.Signal(ChildProcess.SigStop);

    public void Thaw() => Log.Signal(ChildProcess.SigCont);

    public async ValueTask DisposeAsync()
    {
        if (_child is not null)
        {
            await _child.DisposeAsync();
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
