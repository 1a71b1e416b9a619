using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Mosquitto;

/// <summary>The worker speaks MQTT 3.1.1 with a Mosquitto that knows 5, too.</summary>
public sealed class Mqtt311Tests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task What_needs_no_mqtt_5_works()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, Mqtt311Story.Version);
        await new Mqtt311Story(_pki, broker.Port, worker).RunAsync();
        await worker.StopAsync();
    }
}
