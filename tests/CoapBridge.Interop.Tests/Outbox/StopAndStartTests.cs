using System.Diagnostics;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Interop.Tests.HostileBroker;

namespace CoapBridge.Interop.Tests.Outbox;

/// <summary>SIGTERM while PUBACKs are owed, and the start after it, in a real process (issue 6, point 7).</summary>
public sealed class StopAndStartTests : IDisposable
{
    private const string Welcome = "2003000000";

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task What_the_broker_has_not_acknowledged_is_stored_at_the_stop_and_goes_before_anything_new_at_the_start()
    {
        await using var broker = new ScriptedBroker(_pki);
        byte[] first;
        await using (var worker = await WorkerProcess.StartAsync(_pki, broker.Port))
        {
            var silent = await broker.AcceptAsync(Welcome);
            await worker.WaitForLogAsync("upstream_ready");
            using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
            await device.ConnectAsync();
            device.Post("first", "e");
            first = (await silent.ExpectAsync(0x30)).Body;
            var clock = Stopwatch.StartNew();
            worker.Child.Signal(ChildProcess.SigTerm);
            await device.RunUntilAsync(() => device.Answers.Any(answer => answer.Code.ToString() == "2.04"));
            Assert.Equal(0, await worker.Child.WaitForExitAsync(TimeSpan.FromSeconds(10)));
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
        }

        await using var again = await WorkerProcess.StartAsync(_pki, broker.Port);
        Assert.Equal(1, await again.MetricAsync("coapbridge_outbox_waiting"));
        await using var slow = await broker.AcceptAsync(Welcome);
        await again.WaitForLogAsync("upstream_ready");
        using var back = OwnDevice.Of(again, _pki.Demo.Device(1));
        await back.ConnectAsync();
        var newer = back.PostAsync("second", "e");
        var stored = await slow.ExpectAsync(0x30);
        Assert.Equal(Text(first), Text(stored.Body)); // topic, message_id and payload
        Assert.Equal("2.04", await newer); // behind it, on disk
        await slow.WriteAsync("4002" + ScriptedConnection.IdentifierOf(stored.Body));
        var next = await slow.ExpectAsync(0x30);
        Assert.True(next.Body.AsSpan().EndsWith("second"u8));
        await slow.WriteAsync("4002" + ScriptedConnection.IdentifierOf(next.Body));
        await again.StopAsync();
    }

    /// <summary>A PUBLISH without its Packet Identifier.</summary>
    private static string Text(byte[] publish)
    {
        var at = 2 + ((publish[0] << 8) | publish[1]);
        return Convert.ToHexString([.. publish.AsSpan(0, at), .. publish.AsSpan(at + 2)]);
    }
}
