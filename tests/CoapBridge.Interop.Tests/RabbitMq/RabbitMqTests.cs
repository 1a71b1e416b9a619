using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.RabbitMq;

/// <summary>RabbitMQ 3.10 with its MQTT plug-in as the broker: MQTT 3.1.1.</summary>
public sealed class RabbitMqTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_broker_that_leaves_when_it_hears_mqtt_5_is_told()
    {
        await using var broker = await RabbitMqBroker.StartAsync(_pki, "gateway-1");
        await using var worker = await WorkerProcess.StartAsync(_pki, broker.MqttPort);
        var line = await worker.WaitForLogAsync("upstream_lost");
        Assert.Contains(" end=TransportLost ", line, StringComparison.Ordinal);
        Assert.Contains("before CONNACK, as a broker may do that does not speak MQTT 5", line, StringComparison.Ordinal);
        Assert.Equal("5.03", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"))).Code);
        await worker.StopAsync();
        await broker.StopAsync();
    }
}
