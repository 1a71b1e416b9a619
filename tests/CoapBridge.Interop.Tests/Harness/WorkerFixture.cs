namespace CoapBridge.Interop.Tests.Harness;

/// <summary>
/// A PKI, Mosquitto, a listener and a worker that one test class shares. They start with the first test that asks, so that
/// a missing program skips tests instead of breaking the class.
/// </summary>
public sealed class WorkerFixture : IAsyncDisposable
{
    private Task? _starting;

    internal TestPki Pki { get; } = new();

    internal MosquittoBroker Broker { get; private set; } = null!;

    internal WorkerProcess Worker { get; private set; } = null!;

    internal MosquittoSubscriber Cloud { get; private set; } = null!;

    public Task StartAsync() => _starting ??= StartOnceAsync();

    public async ValueTask DisposeAsync()
    {
        if (Cloud is not null)
        {
            await Cloud.DisposeAsync();
        }

        if (Worker is not null)
        {
            await Worker.DisposeAsync();
        }

        if (Broker is not null)
        {
            await Broker.DisposeAsync();
        }

        Pki.Dispose();
    }

    private async Task StartOnceAsync()
    {
        InstalledProgram.Find("mosquitto");
        InstalledProgram.Find("mosquitto_sub");
        Broker = await MosquittoBroker.StartAsync(Pki);
        Cloud = await MosquittoSubscriber.StartAsync(Pki, Broker);
        Worker = await WorkerProcess.StartConnectedAsync(Pki, Broker);
    }
}
