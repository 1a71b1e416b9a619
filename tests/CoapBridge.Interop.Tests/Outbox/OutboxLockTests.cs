using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Outbox;

/// <summary>Two gateways on one outbox would each send what the other has stored.</summary>
public sealed class OutboxLockTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_second_gateway_does_not_start_and_says_which_file_and_what_to_do_and_a_killed_one_holds_nothing()
    {
        await using var first = await WorkerProcess.StartAsync(_pki, 1);
        await using (var second = WorkerProcess.StartUnchecked(_pki, 1, []))
        {
            Assert.Equal(2, await second.WaitForExitAsync(WorkerProcess.Patience));
            Assert.Contains(
                $"Outbox:File: is in use by another gateway; stop that one, or give each its own Outbox:File or State:Directory (value \"{_pki["outbox.db"]}\")",
                second.Output, StringComparison.Ordinal);
        }

        first.Child.Signal(ChildProcess.SigKill);
        await first.Child.WaitForExitAsync(TimeSpan.FromSeconds(10));
        await using var third = await WorkerProcess.StartAsync(_pki, 1);
        using var device = OwnDevice.Of(third, _pki.Demo.Device(1));
        await device.ConnectAsync();
        Assert.Equal("2.04", await device.PostAsync("stored", "e"));
        await third.StopAsync();
    }
}
