namespace CoapBridge.Interop.Tests.Harness;

/// <summary>
/// What MQTT 3.1.1 has no word for and yet goes: a command is a request with an answer where the route says where replies go, and the
/// broker's session brings what was sent while there was no gateway.
/// </summary>
internal static class Mqtt311Session
{
    private static readonly string[] _settings =
    [
        Mqtt311Story.Version,
        "--Routes:0:Path=t/{*sub}", "--Routes:0:Kind=Publish", "--Routes:0:Topic={prefix}/{device}/t/{sub}",
        "--Routes:1:Path=c", "--Routes:1:Kind=Commands", "--Routes:1:Filter={prefix}/+/c/+/+", "--Routes:1:Topic={prefix}/{device}/c/{name}/{id}",
        "--Routes:1:Reply=devices/replies/{id}/{status}",
    ];

    public static async Task RunAsync(TestPki pki, int brokerPort)
    {
        await using var cloud = await MosquittoSubscriber.StartAsync(pki, brokerPort, "devices/replies/#", "mqttv311");
        await using (var worker = await StartAsync(pki, brokerPort))
        {
            var device = new LibCoapDevice(pki, worker, "device-1");
            Assert.Equal("2.04", await device.SendAsync("/t", "here"));
            await MosquittoPublisher.PublishAsync(pki, brokerPort, "mqttv311", "devices/device-1/c/open/41", "50 %");
            await AnswerAsync(cloud, device, "50 %", "open", "41");
            await worker.StopAsync();
        }

        await MosquittoPublisher.PublishAsync(pki, brokerPort, "mqttv311", "devices/device-1/c/close/42", "while nobody was there");
        await using (var worker = await StartAsync(pki, brokerPort))
        {
            await AnswerAsync(cloud, new LibCoapDevice(pki, worker, "device-1"), "while nobody was there", "close", "42");
            await worker.StopAsync();
        }
    }

    private static async Task AnswerAsync(MosquittoSubscriber cloud, LibCoapDevice device, string payload, string name, string id)
    {
        var command = await device.TakeCommandAsync();
        Assert.Equal(payload, command.Payload);
        Assert.EndsWith($"?n={name}", command.Location, StringComparison.Ordinal);
        Assert.Equal("2.04", await device.ReplyAsync(command, "202", $"done {id}"));
        Assert.Equal($"devices/replies/{id}/202", (await cloud.ReceiveAsync($"done {id}")).Topic);
    }

    private static async Task<WorkerProcess> StartAsync(TestPki pki, int brokerPort)
    {
        var worker = await WorkerProcess.StartAsync(pki, brokerPort, null, _settings);
        await worker.WaitForLogAsync("upstream_ready");
        return worker;
    }
}
