using System.Diagnostics;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Outbox;

/// <summary>What the disk may do to the outbox (ATTACKS M01, REQUIREMENTS 12.27): it is told, nobody hears a false 2.04, and the service goes on.</summary>
public sealed class OutboxDiskTests : IDisposable
{
    private const int Kibibytes = 1024;

    private readonly TestPki _pki = new();
    private int _posted;

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task Full_it_is_5_03_until_there_is_room_again_and_what_was_accepted_arrives()
    {
        await using var disk = await SmallDisk.MountAsync(_pki, Kibibytes);
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await StartAsync(disk, broker.Port);
        await worker.WaitForLogAsync("upstream_ready");
        await broker.StopAsync();
        await worker.WaitForLogAsync("upstream_lost");
        using var device = await ConnectAsync(worker);
        var accepted = new List<string>();
        await PostUntilAsync(device, "2.04", accepted);
        disk.FillUpTo(0);
        await PostUntilAsync(device, "5.03", accepted); // what room the log had is used up first
        await ToldAsync(worker, "full");
        Assert.True(await worker.MetricAsync("coapbridge_outbox_messages_total{outcome=\"not_stored\"}") >= 1);
        Assert.Equal("4.04", await device.PostAsync("anything", "nowhere"));

        disk.Empty();
        await PostUntilAsync(device, "2.04", accepted);
        await RecoveredAsync(worker);
        await broker.StartAgainAsync();
        await using var cloud = await MosquittoSubscriber.StartAsync(_pki, broker);
        foreach (var payload in accepted)
        {
            await cloud.ReceiveAsync(payload);
        }

        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_disk_that_the_outbox_has_filled_by_itself_has_room_again_when_the_broker_has_taken_everything()
    {
        await using var disk = await SmallDisk.MountAsync(_pki, 640);
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await StartAsync(disk, broker.Port);
        await worker.WaitForLogAsync("upstream_ready");
        for (var round = 0; round < 2; round++)
        {
            using var device = await ConnectAsync(worker);
            var mark = worker.Mark;
            await broker.StopAsync();
            await worker.WaitForLogAsync("upstream_lost", mark);
            var accepted = new List<string>();
            await PostUntilAsync(device, "5.03", accepted, length: 1_000);
            Assert.True(accepted.Count > 20, $"{accepted.Count} of 1,000 bytes were accepted in round {round}");
            mark = worker.Mark;
            await broker.StartAgainAsync();
            await worker.WaitForLogAsync("upstream_ready", mark);
            for (var clock = Stopwatch.StartNew(); await worker.MetricAsync("coapbridge_outbox_waiting") > 0;)
            {
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), worker.Child.Output);
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }

            await worker.WaitForLogAsync("outbox_stores_again", mark); // what the broker has taken is removed a little later
        }

        worker.Child.Signal(ChildProcess.SigTerm);
        Assert.Equal(0, await worker.Child.WaitForExitAsync(WorkerProcess.Patience));

        // What the broker has taken has left the disk, too.
        await using var again = await StartAsync(disk, broker.Port);
        Assert.Equal(0, await again.MetricAsync("coapbridge_outbox_messages_total{outcome=\"drained\"}"));
        Assert.Equal(0, await again.MetricAsync("coapbridge_outbox_waiting"));
        await again.StopAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Full_or_read_only_at_the_start_it_is_opened_as_soon_as_it_can_be(bool isFull)
    {
        await using var disk = await SmallDisk.MountAsync(_pki, Kibibytes);
        await BreakAsync();
        await using var worker = await StartAsync(disk, 1, "--State:MaxAge=00:00:00");
        using var device = await ConnectAsync(worker);
        Assert.Equal("5.03", await device.PostAsync("event", "e"));
        await ToldAsync(worker, "Outbox:File");
        Assert.Equal("4.04", await device.PostAsync("anything", "nowhere"));
        await MendAsync();
        await PostUntilAsync(device, "2.04", []);
        await RecoveredAsync(worker);
        await worker.StopAsync();

        Task BreakAsync()
        {
            if (isFull)
            {
                disk.FillUpTo(0);
                return Task.CompletedTask;
            }

            return disk.RemountAsync(readOnly: true);
        }

        Task MendAsync()
        {
            if (isFull)
            {
                disk.Empty();
                return Task.CompletedTask;
            }

            return disk.RemountAsync(readOnly: false);
        }
    }

    [Theory]
    [InlineData("no database")]
    [InlineData("a hole in the middle")]
    [InlineData("cut in half")]
    public async Task A_damaged_file_is_set_aside_and_told_and_a_new_one_serves(string damage)
    {
        await using (var first = await WorkerProcess.StartAsync(_pki, 1))
        {
            using var before = await ConnectAsync(first);
            for (var number = 0; number < 50; number++)
            {
                Assert.Equal("2.04", await before.PostAsync(new string('x', 500), "e"));
            }

            await first.StopAsync();
        }

        var path = _pki["outbox.db"];
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        Assert.True(bytes.Length > 20_000);
        await File.WriteAllBytesAsync(path, damage switch
        {
            "no database" => "no database at all"u8.ToArray(),
            "cut in half" => bytes[..(bytes.Length / 2)],
            _ => [.. bytes[..8192], .. new byte[4096], .. bytes[12288..]],
        }, TestContext.Current.CancellationToken);
        await using var worker = await WorkerProcess.StartAsync(_pki, 1);
        var line = Assert.Single(worker.LogLines(" outbox_damaged "));
        Assert.Contains($"set_aside={path}.damaged-", line, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_pki.Folder, "outbox.db.damaged-*"), file => !file.EndsWith("-wal", StringComparison.Ordinal));
        using var device = await ConnectAsync(worker);
        Assert.Equal("2.04", await device.PostAsync("event", "e"));
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_log_that_was_half_written_at_a_crash_gives_what_was_whole()
    {
        await using (var first = await WorkerProcess.StartAsync(_pki, 1))
        {
            using var before = await ConnectAsync(first);
            for (var number = 0; number < 5; number++)
            {
                Assert.Equal("2.04", await before.PostAsync($"event-{number}", "e"));
            }

            first.Child.Signal(ChildProcess.SigKill);
            await first.Child.WaitForExitAsync(TimeSpan.FromSeconds(10));
        }

        // As if the power had gone in the middle of the next commit, and of the last one.
        await using (var log = new FileStream(_pki["outbox.db-wal"], FileMode.Open))
        {
            log.SetLength(log.Length - 100);
        }

        await using var worker = await WorkerProcess.StartAsync(_pki, 1);
        Assert.Equal(4, await worker.MetricAsync("coapbridge_outbox_waiting"));
        Assert.Empty(worker.LogLines(" outbox_damaged "));
        await worker.StopAsync();
    }

    private Task<WorkerProcess> StartAsync(SmallDisk disk, int brokerPort, params string[] settings) =>
        WorkerProcess.StartUnderAsync(disk.Prefix, _pki, brokerPort, null, [$"--State:Directory={disk.Path}", .. settings]);

    private async Task<OwnDevice> ConnectAsync(WorkerProcess worker)
    {
        var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();
        return device;
    }

    /// <summary>Posts events until one gets that answer.</summary>
    private async Task PostUntilAsync(OwnDevice device, string answer, List<string> accepted, int length = 0)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var payload = $"event-{++_posted} ".PadRight(length, 'x');
            var heard = await device.PostAsync(payload, "e");
            if (heard == "2.04")
            {
                accepted.Add(payload);
            }

            if (heard == answer)
            {
                return;
            }

            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"{_posted} events, and the last one is answered {heard}");
            if (heard == "5.03")
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    private static async Task ToldAsync(WorkerProcess worker, string what)
    {
        var line = await worker.WaitForLogAsync("outbox_not_stored ");
        Assert.Contains(what, line, StringComparison.Ordinal);
        Assert.Contains("remedy=", line, StringComparison.Ordinal);
        Assert.Contains("outbox: Outbox:File cannot be ", (await worker.GetAsync("/readyz")).Body, StringComparison.Ordinal);
    }

    private static async Task RecoveredAsync(WorkerProcess worker)
    {
        await worker.WaitForLogAsync("outbox_stores_again");
        Assert.DoesNotContain("Outbox:File", (await worker.GetAsync("/readyz")).Body, StringComparison.Ordinal);
    }
}
