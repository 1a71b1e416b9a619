using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.SoftHsm;

/// <summary>The gateway's key in a PKCS#11 token: no file has it, and both DTLS and TLS sign with it.</summary>
public sealed class SoftHsmTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task Devices_and_the_broker_meet_a_gateway_whose_key_is_in_a_token()
    {
        InstalledProgram.Find("mosquitto");
        var token = await SoftHsmToken.TakeGatewayKeyAsync(_pki);
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartAsync(
            _pki, broker.Port, token.Environment, $"--Identity:PrivateKey={SoftHsmToken.UriWith(SoftHsmToken.Pin)}");
        await worker.WaitForLogAsync("upstream_ready");

        // Several at once: the pool's threads share one key.
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async number =>
        {
            using var device = OwnDevice.Of(worker, _pki.Demo.Device((number % 3) + 1));
            await device.ConnectAsync();
            Assert.Equal("2.04", await device.PostAsync($"{number}"));
        }));
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        await worker.StopAsync();
        Assert.DoesNotContain(SoftHsmToken.Pin, worker.Child.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_PIN_is_told_and_not_repeated()
    {
        var token = await SoftHsmToken.TakeGatewayKeyAsync(_pki);
        await using var worker = WorkerProcess.StartUnchecked(
            _pki, 1, [$"--Identity:PrivateKey={SoftHsmToken.UriWith("161803")}"], token.Environment);
        Assert.Equal(2, await worker.WaitForExitAsync(WorkerProcess.Patience));
        Assert.StartsWith("Identity:PrivateKey: cannot be opened", worker.Lines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("161803", worker.Output, StringComparison.Ordinal);
    }
}
