using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>Commands over kill -9 of the worker, with Mosquitto.</summary>
public sealed class CommandCrashTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task Commands_are_given_after_kill_9_those_too_that_came_while_no_gateway_ran()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        int mark;
        await using (var first = await WorkerProcess.StartConnectedAsync(_pki, broker))
        {
            Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, first.Uri("/t"))).Code);
            await broker.Log.WaitForLineAsync(line => line.Contains("devices/device-1/c/#", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
            await MosquittoPublisher.PublishAsync(_pki, broker, "devices/device-1/c/a", "stored");
            await broker.Log.WaitForLineAsync(line => line.Contains("Received PUBACK from gateway-1", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
            mark = broker.Log.Lines.Count;
            first.Child.Signal(ChildProcess.SigKill);
            await first.Child.WaitForExitAsync(TimeSpan.FromSeconds(10));
        }

        await MosquittoPublisher.PublishAsync(_pki, broker, "devices/device-1/c/away", "while nobody was there");

        // The device has not come back yet: what it may be told is listened for all the same.
        await using var second = await WorkerProcess.StartConnectedAsync(_pki, broker);
        await broker.Log.WaitForLineAsync(line => line.Contains("devices/device-1/c/#", StringComparison.Ordinal), TimeSpan.FromSeconds(20), mark);
        await MosquittoPublisher.PublishAsync(_pki, broker, "devices/device-1/c/b", "after");
        foreach (var expected in new[] { "stored", "while nobody was there", "after" })
        {
            var command = await PollAsync(second, expected);
            Assert.Equal(("2.05", expected), (command.Code, command.Payload));
            var path = command.Location[..command.Location.IndexOf('?', StringComparison.Ordinal)];
            Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, second.Uri(path), payload: "done")).Code);
        }

        Assert.Equal(0, await second.MetricAsync("coapbridge_unhandled_exceptions_total"));
    }

    /// <summary>The oldest command; none may wait yet.</summary>
    private async Task<LibCoapClient.Answer> PollAsync(WorkerProcess worker, string expected)
    {
        for (var attempt = 0; ; attempt++)
        {
            await using var client = LibCoapClient.Start(_pki, worker.Uri("/c"), "device-1", ["-w"], "get", payload: null);
            var answer = await LibCoapClient.WaitForAsync(client, _ => true);
            if (answer.Payload == expected || attempt == 20)
            {
                return answer;
            }
        }
    }
}
