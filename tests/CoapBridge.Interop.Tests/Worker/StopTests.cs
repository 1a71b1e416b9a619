using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>SIGTERM, and what systemd is told.</summary>
public sealed class StopTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task What_is_in_flight_is_answered_before_the_worker_ends()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, "--State:MaxAge=00:00:00");
        using var idle = OwnDevice.Of(worker, _pki.Demo.Device(2));
        await idle.ConnectAsync();
        using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();

        broker.Freeze();
        device.Post("in flight");
        await device.RunUntilAsync(() => device.Answers.Contains((MessageType.Acknowledgement, CoapCode.Empty)));
        var clock = Stopwatch.StartNew();
        worker.Child.Signal(ChildProcess.SigTerm);
        await worker.WaitForLogAsync("stopping signal=SIGTERM");
        broker.Thaw();

        await device.RunUntilAsync(() => device.Closed is not null);
        Assert.Contains((MessageType.Confirmable, CoapCode.Changed), device.Answers);
        Assert.Equal(CloseReason.CloseNotify, device.Closed!.Reason);
        await idle.RunUntilAsync(() => idle.Closed is not null);
        Assert.Equal(CloseReason.CloseNotify, idle.Closed!.Reason);
        Assert.Equal(0, await worker.Child.WaitForExitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
        Assert.Contains("stopped drained=true", worker.Child.Output, StringComparison.Ordinal);
        await broker.Log.WaitForLineAsync(line => line.Contains("Received DISCONNECT from gateway-1", StringComparison.Ordinal), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_broker_that_stays_silent_does_not_keep_the_worker_from_ending()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, "--State:MaxAge=00:00:00");
        using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();
        broker.Freeze();
        device.Post("never acknowledged");
        await device.RunUntilAsync(() => device.Answers.Count > 0);
        worker.Child.Signal(ChildProcess.SigTerm);
        var exit = worker.Child.WaitForExitAsync(TimeSpan.FromSeconds(10));
        await device.RunUntilAsync(() => device.Closed is not null);
        Assert.DoesNotContain(device.Answers, answer => answer.Code == CoapCode.Changed);
        Assert.Equal(0, await exit);
    }

    [Fact]
    public async Task Systemd_hears_ready_watchdog_and_stopping()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 20_000 };
        listener.Bind(new UnixDomainSocketEndPoint(_pki["notify"]));
        await using var worker = await WorkerProcess.StartAsync(
            _pki, 1, new Dictionary<string, string> { ["NOTIFY_SOCKET"] = _pki["notify"], ["WATCHDOG_USEC"] = "1000000" });
        Assert.StartsWith("READY=1\n", Next(), StringComparison.Ordinal);
        Assert.Equal("WATCHDOG=1", Next());
        Assert.Equal("WATCHDOG=1", Next());
        worker.Child.Signal(ChildProcess.SigTerm);
        var last = Next();
        while (last == "WATCHDOG=1")
        {
            last = Next();
        }

        Assert.StartsWith("STOPPING=1", last, StringComparison.Ordinal);
        Assert.Equal(0, await worker.Child.WaitForExitAsync(TimeSpan.FromSeconds(10)));

        string Next()
        {
            var buffer = new byte[512];
            return Encoding.UTF8.GetString(buffer, 0, listener.Receive(buffer));
        }
    }
}
