using System.Text;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Device;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>The worker is stopped and started again while devices stay connected.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task After_SIGTERM_devices_go_on_without_a_handshake()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var first = await WorkerProcess.StartConnectedAsync(_pki, broker);
        await using var client = await ConnectAsync(first);
        using var roaming = OwnDevice.Of(first, _pki.Demo.Device(2), []);
        await roaming.ConnectAsync();
        Assert.Equal(CoapCode.Changed, await PostAsync(client, first, "before"));
        Assert.Equal("2.04", await roaming.PostAsync("before"));
        await first.StopAsync();
        Assert.Single(first.LogLines(" connections_saved count=2 bytes="));
        Assert.True(File.Exists(_pki["connections.bin"]));

        await using var second = await StartAgainAsync(broker, first);
        await second.WaitForLogAsync("connections_taken_up count=2 dropped=0 age_seconds=");
        Assert.False(File.Exists(_pki["connections.bin"]));
        Assert.Equal(CoapCode.Changed, await PostAsync(client, second, "after"));
        Assert.Equal("2.04", await roaming.PostAsync("after"));
        Assert.False(client.Ended.IsCompleted);
        Assert.Null(roaming.Closed);
        Assert.Empty(second.LogLines(" handshake "));
        Assert.Equal(2, await second.MetricAsync("coapbridge_state_connections_total"));
        Assert.Equal(2, await second.MetricAsync("coapbridge_dtls_connections"));

        // And once more, because what was taken up is saved again.
        await second.StopAsync();
        await using var third = await StartAgainAsync(broker, first);
        Assert.Equal(CoapCode.Changed, await PostAsync(client, third, "again"));
        Assert.Empty(third.LogLines(" handshake "));
        await third.StopAsync();
    }

    [Fact]
    public async Task After_SIGKILL_nothing_is_taken_up()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var first = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = OwnDevice.Of(first, _pki.Demo.Device(1));
        await device.ConnectAsync();
        Assert.Equal("2.04", await device.PostAsync("before"));
        first.Child.Signal(ChildProcess.SigKill);
        await first.Child.WaitForExitAsync(TimeSpan.FromSeconds(10));

        await using var second = await StartAgainAsync(broker, first);
        Assert.Equal(0, await second.MetricAsync("coapbridge_dtls_connections"));
        Assert.Empty(second.LogLines("connections_"));
        device.Post("into the void");
        using var fresh = OwnDevice.Of(second, _pki.Demo.Device(1));
        await fresh.ConnectAsync();
        Assert.Equal("2.04", await fresh.PostAsync("a new connection"));
        Assert.Equal(1, await second.MetricAsync("coapbridge_dtls_connections"));
        Assert.Single(second.LogLines(" handshake result=ok"));
        await second.StopAsync();
    }

    [Fact]
    public async Task A_state_directory_that_has_gone_away_costs_the_connections_their_handshake_but_leaves_none_hanging()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, $"--State:Directory={_pki["state"]}");
        using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();
        Assert.True(File.Exists(_pki["state/state.key"]));
        Directory.Delete(_pki["state"], recursive: true);
        worker.Child.Signal(ChildProcess.SigTerm);
        await device.RunUntilAsync(() => device.Closed is not null);
        Assert.Equal(CloseReason.CloseNotify, device.Closed!.Reason);
        Assert.Equal(0, await worker.Child.WaitForExitAsync(TimeSpan.FromSeconds(10)));
        Assert.Single(worker.LogLines(" connections_not_saved problem="));
    }

    [Fact]
    public async Task A_device_whose_certificate_is_no_longer_good_enough_is_not_taken_up()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var first = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = OwnDevice.Of(first, _pki.Demo.Ca.Issue(new() { CommonName = "plain-1", ExtendedKeyUsage = null }));
        await device.ConnectAsync();
        await first.StopAsync();
        await using var second = await StartAgainAsync(broker, first, "--Devices:ExtendedKeyUsage=Required");
        await second.WaitForLogAsync("connections_taken_up count=0 dropped=1");
        await second.StopAsync();
    }

    [Fact]
    public async Task A_key_that_others_can_read_keeps_the_worker_from_starting()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix file modes");
        await File.WriteAllBytesAsync(_pki["state.key"], new byte[32], TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_pki["state.key"], UnixFileMode.UserRead | UnixFileMode.OtherRead);
        }

        await using var worker = WorkerProcess.StartUnchecked(_pki, 1, []);
        Assert.Equal(2, await worker.WaitForExitAsync(WorkerProcess.Patience));
        Assert.Contains("chmod 600", worker.Output, StringComparison.Ordinal);
    }

    private async Task<WorkerProcess> StartAgainAsync(MosquittoBroker broker, WorkerProcess before, params string[] settings) =>
        await WorkerProcess.StartConnectedAsync(_pki, broker, [$"--Listen:Endpoints={before.EndPoint}", .. settings]);

    private async Task<DeviceClient> ConnectAsync(WorkerProcess worker)
    {
        var certificate = _pki.Demo.Device(1);
        return await DeviceClient.ConnectAsync(
            new DeviceSettings
            {
                Server = worker.EndPoint,
                Credentials = DtlsCredentials.FromEcdsa([certificate.Der], certificate.OpenEcdsa()),
                Trust = GatewayTrust.Create([_pki.Demo.Ca.Certificate.Der], "localhost"),
            },
            TestContext.Current.CancellationToken);
    }

    private static async Task<CoapCode> PostAsync(DeviceClient client, WorkerProcess worker, string payload)
    {
        var target = CoapUri.TryParse($"coaps://{worker.EndPoint}/t", out var problem) ?? throw new InvalidOperationException(problem);
        var response = await client.RequestAsync(
            new DeviceRequest(CoapCode.Post, target) { Payload = Encoding.UTF8.GetBytes(payload), ContentFormat = 0 },
            TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        return response.Code;
    }
}
