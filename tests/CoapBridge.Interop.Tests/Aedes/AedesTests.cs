using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Aedes;

/// <summary>aedes as the broker: MQTT 3.1.1.</summary>
public sealed class AedesTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_broker_that_knows_only_mqtt_3_1_1_is_told_with_the_remedy()
    {
        await using var broker = await AedesBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartAsync(_pki, broker.Port);
        var line = await worker.WaitForLogAsync("upstream_refused");
        Assert.Contains(" reason=UnsupportedProtocolVersion ", line, StringComparison.Ordinal);
        Assert.Contains("set Upstream:Mqtt:Version to 4", line, StringComparison.Ordinal);
        Assert.Equal("5.02", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"))).Code);
        await worker.StopAsync();
    }

    [Fact]
    public async Task What_needs_no_mqtt_5_works()
    {
        await using var broker = await AedesBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartAsync(_pki, broker.Port, null, Mqtt311Story.Version);
        await worker.WaitForLogAsync("upstream_ready");
        await new Mqtt311Story(_pki, broker.Port, worker).RunAsync();
        await worker.StopAsync();
        await Mqtt311Session.RunAsync(_pki, broker.Port);
    }
}
