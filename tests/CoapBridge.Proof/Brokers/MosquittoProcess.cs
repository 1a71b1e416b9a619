namespace CoapBridge.Proof.Brokers;

/// <summary>
/// A real Mosquitto that keeps its sessions and messages over an orderly restart. It acknowledges before it persists, so it is never killed.
/// </summary>
/// <param name="folder">Where its certificates are, and where its state and log go.</param>
/// <param name="port">On 127.0.0.1.</param>
internal sealed class MosquittoProcess(string folder, int port) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string? Program = Child.Find("mosquitto");

    private Child? _child;

    /// <summary>Whether the program is there.</summary>
    public static bool IsInstalled => Program is not null;

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

    /// <summary>SIGTERM; nothing when it does not run.</summary>
    public async Task EndAsync()
    {
        if (_child is { } child)
        {
            child.Signal(Child.SigTerm);
            if (await child.WaitForExitAsync(Patience) is null)
            {
                throw new ProofException("Mosquitto did not end after SIGTERM");
            }

            await DisposeAsync();
        }
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
