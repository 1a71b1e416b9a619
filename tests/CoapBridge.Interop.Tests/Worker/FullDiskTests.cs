using CoapBridge.Dtls;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary><c>State:Directory</c> on a disk that is full at the worst moments.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int Devices = 8; // more than a page when saved

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Full_at_the_stop_it_costs_the_devices_a_handshake_and_they_are_told(int pagesLeft)
    {
        await using var disk = await SmallDisk.MountAsync(_pki);
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var first = await StartAsync(disk, broker);
        var devices = await ConnectAsync(first);
        disk.FillUpTo(pagesLeft);
        first.Child.Signal(ChildProcess.SigTerm);
        foreach (var device in devices)
        {
            await device.RunUntilAsync(() => device.Closed is not null);
            Assert.Equal(CloseReason.CloseNotify, device.Closed!.Reason);
            device.Dispose();
        }

        Assert.Equal(0, await first.Child.WaitForExitAsync(TimeSpan.FromSeconds(10)));
        var line = Assert.Single(first.LogLines(" connections_not_saved "));
        Assert.Contains("No space left on device", line, StringComparison.Ordinal);
        Assert.Contains(" connections=closed", line, StringComparison.Ordinal);
        Assert.Equal(["filler", "state.key"], Files(disk));

        // Still full: nothing to take up, and everybody is served.
        await using var second = await StartAsync(disk, broker, first);
        Assert.Empty(second.LogLines(" connections_"));
        Assert.Empty(second.LogLines(" state_unusable"));
        await ServedAsync(second);

        // With room again, connections survive the restart as ever.
        disk.Empty();
        await second.StopAsync();
        await using var third = await StartAsync(disk, broker, first);
        await third.WaitForLogAsync("connections_taken_up count=1 dropped=0");
        await third.StopAsync();
    }

    [Fact]
    public async Task Full_at_the_start_it_gives_back_what_was_saved()
    {
        await using var disk = await SmallDisk.MountAsync(_pki);
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var first = await StartAsync(disk, broker);
        var devices = await ConnectAsync(first);
        await first.StopAsync();
        disk.FillUpTo(0);

        await using var second = await StartAsync(disk, broker, first);
        await second.WaitForLogAsync($"connections_taken_up count={Devices} dropped=0");
        foreach (var device in devices)
        {
            Assert.Equal("2.04", await device.PostAsync("after"));
            device.Dispose();
        }

        Assert.Empty(second.LogLines(" handshake "));
        Assert.Equal(["admin.sock", "filler", "state.key"], Files(disk));
        await second.StopAsync();
    }

    [Fact]
    public async Task Full_at_the_first_start_it_is_told_and_devices_are_served()
    {
        await using var disk = await SmallDisk.MountAsync(_pki);
        disk.FillUpTo(0);
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await StartAsync(disk, broker);
        var line = Assert.Single(worker.LogLines(" state_unusable "));
        Assert.Contains("No space left on device", line, StringComparison.Ordinal);
        using var device = await ServedAsync(worker);
        worker.Child.Signal(ChildProcess.SigTerm);
        await device.RunUntilAsync(() => device.Closed is not null);
        Assert.Equal(CloseReason.CloseNotify, device.Closed!.Reason);
        Assert.Equal(0, await worker.Child.WaitForExitAsync(TimeSpan.FromSeconds(10)));
        Assert.Single(worker.LogLines(" connections_not_saved "));
    }

    private async Task<WorkerProcess> StartAsync(SmallDisk disk, MosquittoBroker broker, WorkerProcess? before = null)
    {
        var worker = await WorkerProcess.StartUnderAsync(
            disk.Prefix, _pki, broker.Port, null, $"--State:Directory={disk.Path}", $"--Outbox:File={_pki["outbox.db"]}", $"--Listen:Endpoints={before?.EndPoint.ToString() ?? "127.0.0.1:0"}");
        await worker.WaitForLogAsync("upstream_ready");
        return worker;
    }

    private async Task<IReadOnlyList<OwnDevice>> ConnectAsync(WorkerProcess worker)
    {
        var devices = new List<OwnDevice>();
        for (var number = 0; number < Devices; number++)
        {
            var device = OwnDevice.Of(worker, _pki.Demo.Ca.Issue(new() { CommonName = $"disk-{number}" }));
            await device.ConnectAsync();
            Assert.Equal("2.04", await device.PostAsync("before"));
            devices.Add(device);
        }

        return devices;
    }

    private async Task<OwnDevice> ServedAsync(WorkerProcess worker)
    {
        var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();
        Assert.Equal("2.04", await device.PostAsync("served"));
        return device;
    }

    private static IEnumerable<string?> Files(SmallDisk disk) => Directory.GetFiles(disk[""]).Select(Path.GetFileName).Order();
}
