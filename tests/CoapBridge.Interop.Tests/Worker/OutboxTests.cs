using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>What a device was told 2.04 for reaches Mosquitto, whatever died in between.</summary>
public sealed class OutboxTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_event_of_the_brokers_absence_outlives_the_gateway_and_arrives_once(bool isKilled)
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var first = await WorkerProcess.StartConnectedAsync(_pki, broker);
        await broker.StopAsync();
        await first.WaitForLogAsync("upstream_lost");
        for (var number = 1; number <= 3; number++)
        {
            Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, first.Uri("/e/door"), payload: $"event-{number}")).Code);
        }

        Assert.Equal(3, await first.MetricAsync("coapbridge_outbox_waiting"));
        first.Child.Signal(isKilled ? ChildProcess.SigKill : ChildProcess.SigTerm);
        await first.Child.WaitForExitAsync(TimeSpan.FromSeconds(10));

        await using var second = await WorkerProcess.StartAsync(_pki, broker.Port);
        Assert.Equal(3, await second.MetricAsync("coapbridge_outbox_waiting"));
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, second.Uri("/e/door"), payload: "event-4")).Code);
        Assert.Equal("5.03", (await LibCoapClient.RequestAsync(_pki, second.Uri("/t"), payload: "telemetry")).Code);

        // The broker comes back, and the cloud before the gateway tries again.
        await broker.StartAgainAsync();
        await using var cloud = await MosquittoSubscriber.StartAsync(_pki, broker);
        await second.WaitForLogAsync("upstream_ready");
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, second.Uri("/e/door"), payload: "event-5")).Code);
        await cloud.ReceiveAsync("event-5");
        for (var number = 1; number <= 4; number++)
        {
            Assert.Equal("devices/device-1/e/door", (await cloud.ReceiveAsync($"event-{number}")).Topic);
            Assert.Equal(1, cloud.Count($"event-{number}"));
        }

        Assert.Equal(0, cloud.Count("telemetry"));
        await second.WaitForMetricAsync("coapbridge_outbox_waiting", 0); // the cloud may hear of it before the PUBACK is here
        await second.StopAsync();
    }
}
