using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>What the host may run out of: files, processors, room for datagrams, room for the log (ATTACKS M06, M13, M14, M18).</summary>
public sealed class ScarcityTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact] // M06
    public async Task Without_a_file_to_open_everything_stays_as_it_is_and_comes_back_when_there_are_some()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, "--Upstream:Mqtt:Host=127.0.0.1");
        using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();
        Assert.Equal("2.04", await device.PostAsync("before"));

        await LimitFilesAsync(worker, 3); // whatever is open stays open, and nothing more can be
        var mark = worker.Mark;
        worker.Child.Signal(1); // SIGHUP
        await worker.WaitForLogAsync("reload_failed", mark);
        Assert.Equal("2.04", await device.PostAsync("by the rules of before"));
        await broker.StopAsync();
        await broker.StartAgainAsync();
        Assert.Contains("LimitNOFILE", await worker.WaitForLogAsync("upstream_away", mark), StringComparison.Ordinal);
        Assert.Equal("5.03", await device.PostAsync("no way to the broker"));

        await LimitFilesAsync(worker, 1_024);
        await worker.WaitForLogAsync("upstream_ready", mark);
        var back = ""; // the line comes a moment before the devices' threads know of it
        for (var tries = 0; tries < 100 && (back = await device.PostAsync("and back")) != "2.04"; tries++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal("2.04", back);
        mark = worker.Mark;
        worker.Child.Signal(1);
        await worker.WaitForLogAsync("reloaded", mark);
        using var newcomer = OwnDevice.Of(worker, _pki.Demo.Device(2));
        await newcomer.ConnectAsync();
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        await worker.StopAsync();
    }

    [Fact] // M13
    public async Task On_one_processor_a_crowd_of_handshakes_leaves_nobody_without_an_answer()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartUnderAsync([InstalledProgram.Find("taskset"), "--cpu-list", "0"], _pki, broker.Port, null);
        await worker.WaitForLogAsync("upstream_ready");
        using var canary = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await canary.ConnectAsync();
        var crowd = Task.WhenAll(Enumerable.Range(0, 60).Select(async number =>
        {
            using var device = OwnDevice.Of(worker, _pki.Demo.Device(2 + (number % 2)));
            await device.ConnectAsync();
        }));
        for (var number = 0; number < 50 || !crowd.IsCompleted; number++)
        {
            Assert.Equal("2.04", await canary.PostAsync($"amid the crowd, {number}"));
        }

        await crowd;
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        await worker.StopAsync();
    }

    [Fact] // M14
    public async Task Datagrams_that_the_kernel_had_no_room_for_are_counted_and_devices_send_again()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        worker.Child.Signal(ChildProcess.SigStop);
        using var flood = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        flood.Connect(worker.EndPoint);
        var datagram = new byte[200];
        for (var count = 0; count < 50_000; count++)
        {
            flood.Send(datagram);
        }

        worker.Child.Signal(ChildProcess.SigCont);
        var result = await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"), payload: "sent again until there is room");
        Assert.True(result.Code == "2.04", result.Output);

        // The kernel tells the number with the next datagram that it has room for.
        var clock = Stopwatch.StartNew();
        while (await worker.MetricAsync("coapbridge_udp_datagrams_dropped_total{reason=\"kernel\"}") == 0)
        {
            Assert.True(clock.Elapsed < WorkerProcess.Patience, "no datagram was lost");
            flood.Send(datagram);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await worker.StopAsync();
    }

    [Fact] // M18
    public async Task A_log_that_cannot_be_written_changes_nothing_for_devices()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        var (udp, tcp) = (MosquittoBroker.FreePort(), MosquittoBroker.FreePort());
        await using var child = WorkerProcess.StartUnchecked(
            _pki, broker.Port, [$"--Listen:Endpoints=127.0.0.1:{udp}", $"--Admin:Listen=127.0.0.1:{tcp}"],
            prefix: [InstalledProgram.Find("sh"), "-c", "exec \"$@\" > /dev/full 2>&1", "sh"]);
        using var http = new HttpClient();
        var clock = Stopwatch.StartNew();
        while (!await IsReadyAsync(http, tcp))
        {
            Assert.True(clock.Elapsed < WorkerProcess.Patience && !child.HasExited, "it is not ready");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        using var device = OwnDevice.Of(new IPEndPoint(IPAddress.Loopback, udp), _pki.Demo.Device(1));
        await device.ConnectAsync();
        for (var number = 0; number < 20; number++)
        {
            Assert.Equal("2.04", await device.PostAsync($"without a word, {number}"));
        }

        var metrics = await http.GetStringAsync($"http://127.0.0.1:{tcp}/metrics", TestContext.Current.CancellationToken);
        Assert.Contains("\ncoapbridge_unhandled_exceptions_total 0\n", metrics, StringComparison.Ordinal);
        child.Signal(ChildProcess.SigTerm);
        Assert.Equal(0, await child.WaitForExitAsync(TimeSpan.FromSeconds(10)));
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, int port)
    {
        try
        {
            using var answer = await http.GetAsync($"http://127.0.0.1:{port}/readyz", TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task LimitFilesAsync(WorkerProcess worker, int files)
    {
        await using var prlimit = ChildProcess.Start(InstalledProgram.Find("prlimit"), ["--pid", $"{worker.Child.Id}", $"--nofile={files}:"]);
        Assert.Equal(0, await prlimit.WaitForExitAsync(TimeSpan.FromSeconds(10)));
    }
}
