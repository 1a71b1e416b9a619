using CoapBridge.Proof;

namespace CoapBridge.Soak;

/// <summary>A real Mosquitto that keeps its sessions over an orderly restart; it is never killed, since it acknowledges before it persists.</summary>
internal sealed class SoakBroker(string folder, int port) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Child? _child;

    public static string? Program { get; } =
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin".Split(':').Select(directory => Path.Combine(directory, "mosquitto")).FirstOrDefault(File.Exists);

    public async Task StartAsync()
    {
        var configuration = Path.Combine(folder, "mosquitto.conf");
        await File.WriteAllTextAsync(configuration, $"""
            listener {port} 127.0.0.1
            cafile {folder}/ca.pem
            certfile {folder}/broker.pem
            keyfile {folder}/broker.key
            require_certificate true
            allow_anonymous true
            log_dest stderr
            user {Environment.UserName}
            persistence true
            persistence_location {folder}/
            max_queued_messages 0
            max_queued_bytes 0

            """);
        _child = Child.Start([Program!, "-c", configuration], Path.Combine(folder, "mosquitto.log"));
        await _child.WaitForLineAsync(" running", Patience);
    }

    public async Task StopAsync()
    {
        _child!.Signal(Child.SigTerm);
        if (await _child.WaitForExitAsync(Patience) is null)
        {
            throw new ProofException("Mosquitto did not end after SIGTERM");
        }

        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is { } child)
        {
            _child = null;
            await child.DisposeAsync();
        }
    }
}
