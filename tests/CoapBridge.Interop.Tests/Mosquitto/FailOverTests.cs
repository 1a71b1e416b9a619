using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Mosquitto;

/// <summary>Two brokers in order of preference (issue 6: fail-over and fail-back).</summary>
public sealed class FailOverTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task The_second_broker_serves_while_the_first_is_away()
    {
        await using var first = await MosquittoBroker.StartAsync(_pki);
        await using var second = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(
            _pki, first, $"--Upstream:Mqtt:Endpoints=127.0.0.1:{second.Port}", "--Upstream:Mqtt:FailBack=00:00:02");
        using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();
        Assert.Equal("2.04", await device.PostAsync("to the first"));

        var mark = worker.Mark;
        await first.StopAsync();
        await worker.WaitForLogAsync($"upstream_connected host=127.0.0.1 port={second.Port}", mark);
        await worker.WaitForLogAsync("upstream_ready host=127.0.0.1", mark);
        Assert.Equal("2.04", await device.PostAsync("to the second"));

        mark = worker.Mark;
        await first.StartAgainAsync();
        await worker.WaitForLogAsync("upstream_moving host=127.0.0.1", mark);
        await worker.WaitForLogAsync("upstream_ready host=localhost", mark);
        Assert.Equal("2.04", await device.PostAsync("to the first again"));
        Assert.Empty(worker.LogLines("upstream_lost", mark));
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        await worker.StopAsync();
    }
}
