using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.RabbitMq;

/// <summary>RabbitMQ 3.10 with its MQTT plug-in as the broker: MQTT 3.1.1.</summary>
public sealed class RabbitMqTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task What_needs_no_mqtt_5_works_and_goes_on_after_the_brokers_restart()
    {
        await using var broker = await RabbitMqBroker.StartAsync(_pki, "gateway-1", "device-3");
        await using (var stranger = await WorkerProcess.StartAsync(_pki, broker.MqttPort))
        {
            // Without the setting: it closes the connection when it hears of version 5.
            var line = await stranger.WaitForLogAsync("upstream_lost");
            Assert.Contains(" end=TransportLost ", line, StringComparison.Ordinal);
            Assert.Contains(" detail=\"before CONNACK\" remedy=", line, StringComparison.Ordinal);
            Assert.Contains("set Upstream:Mqtt:Version to 4", line, StringComparison.Ordinal);
            Assert.Equal("5.03", (await LibCoapClient.RequestAsync(_pki, stranger.Uri("/t"))).Code);
            await stranger.StopAsync();
        }

        await using var worker = await WorkerProcess.StartProfileAsync(
            _pki, "rabbitmq-mqtt", "--Upstream:Mqtt:Host=localhost", $"--Upstream:Mqtt:Port={broker.MqttPort}");
        await worker.WaitForLogAsync("upstream_ready");
        var story = new Mqtt311Story(_pki, broker.MqttPort, worker);
        await story.RunAsync();

        var mark = worker.Mark;
        await broker.StopAsync();
        await worker.WaitForLogAsync("upstream_lost", mark);
        Assert.Equal("5.03", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"))).Code);
        await broker.StartAgainAsync();
        await worker.WaitForLogAsync("upstream_ready", mark);
        await story.RunAsync();
        await worker.StopAsync();
        await Mqtt311Session.RunAsync(_pki, broker.MqttPort);
        await broker.StopAsync();
    }
}
