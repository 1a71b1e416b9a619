using CoapBridge.Coap;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Outbox;

/// <summary>A broker that hangs keeps nobody waiting for what the gateway answers by itself.</summary>
public sealed class StuckBrokerTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task Local_answers_come_while_requests_for_the_broker_wait()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, "--Devices:Limits:Burst=10000");
        var waiting = new List<OwnDevice>();
        for (var number = 0; number < 20; number++)
        {
            var device = OwnDevice.Of(worker, _pki.Demo.Ca.Issue(new() { CommonName = $"stuck-{number}" }));
            await device.ConnectAsync();
            waiting.Add(device);
        }

        using var local = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await local.ConnectAsync();
        broker.Freeze();
        foreach (var device in waiting)
        {
            for (var message = 0; message < 10; message++)
            {
                device.Post(new string('x', 900));
            }
        }

        for (var number = 0; number < 100; number++)
        {
            Assert.Equal("4.04", await local.PostAsync("local", "nowhere"));
        }

        // The others have not been answered yet: what was local did not wait for them.
        foreach (var device in waiting)
        {
            await device.RunUntilAsync(() => device.Answers.Count > 0);
            Assert.Equal((MessageType.Acknowledgement, CoapCode.Empty), device.Answers[0]);
        }

        broker.Thaw();
        foreach (var device in waiting)
        {
            await device.RunUntilAsync(() => device.Answers.Any(answer => answer.Code.ToString() == "2.04"));
            device.Dispose();
        }

        await worker.StopAsync();
    }
}
