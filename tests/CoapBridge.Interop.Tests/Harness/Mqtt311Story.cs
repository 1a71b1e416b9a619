namespace CoapBridge.Interop.Tests.Harness;

/// <summary>What a device and the cloud do through a broker that has no MQTT 5: all but calls and properties.</summary>
internal sealed class Mqtt311Story(TestPki pki, int brokerPort, WorkerProcess worker)
{
    /// <summary>The settings of the worker.</summary>
    public const string Version = "--Upstream:Mqtt:Version=4";

    private const string Mosquitto = "mqttv311";

    public async Task RunAsync()
    {
        await TelemetryAsync();
        await StateAsync();
        await CommandsAsync();
    }

    private async Task TelemetryAsync()
    {
        await using var cloud = await MosquittoSubscriber.StartAsync(pki, brokerPort, "devices/#", Mosquitto);
        foreach (var (path, topic, non, qos) in new[] { ("/t", "t", false, 1), ("/e/door", "e/door", false, 1), ("/t/a/b", "t/a/b", true, 0) })
        {
            var result = await LibCoapClient.RequestAsync(pki, worker.Uri(path), payload: topic, more: non ? ["-N"] : []);
            Assert.True(result.Code == "2.04", result.Output);
            var message = await cloud.ReceiveAsync(topic);
            Assert.Equal(($"devices/device-1/{topic}", qos), (message.Topic, message.Qos));
        }
    }

    private async Task StateAsync()
    {
        const string Path = "/ps/devices/device-1/state", Topic = "devices/device-1/state";
        Assert.Equal("2.01", (await LibCoapClient.RequestAsync(pki, worker.Uri(Path), method: "put", payload: "one")).Code);
        await using (var newcomer = await MosquittoSubscriber.StartAsync(pki, brokerPort, Topic, Mosquitto))
        {
            Assert.True((await newcomer.ReceiveAsync("one")).IsRetained);
        }

        await using var observer = LibCoapClient.Start(pki, worker.Uri(Path), more: ["-w", "-s", "60", "-B", "60"], method: "get", payload: null);
        await LibCoapClient.WaitForAsync(observer, answer => answer is { Code: "2.05", Payload: "one" });
        await MosquittoPublisher.PublishAsync(pki, brokerPort, Mosquitto, Topic, "two", "-r");
        await LibCoapClient.WaitForAsync(observer, answer => answer.Payload == "two");
        Assert.Equal("2.02", (await LibCoapClient.RequestAsync(pki, worker.Uri(Path), method: "delete", payload: null)).Code);
        await LibCoapClient.WaitForAsync(observer, answer => answer.Code == "4.04");
    }

    private async Task CommandsAsync()
    {
        await using var device = LibCoapClient.Start(pki, worker.Uri("/c"), "device-2", ["-w", "-s", "60", "-B", "60"], "get", payload: null);
        await LibCoapClient.WaitForAsync(device, answer => answer.Code == "2.05");

        // The broker may have the subscription a moment after the device has its answer.
        var coming = LibCoapClient.WaitForAsync(device, answer => answer.Payload == "50 %");
        do
        {
            await MosquittoPublisher.PublishAsync(pki, brokerPort, Mosquitto, "devices/device-2/c/open", "50 %");
        }
        while (await Task.WhenAny(coming, Task.Delay(1_000, TestContext.Current.CancellationToken)) != coming);

        var command = await coming;
        Assert.EndsWith("?n=open", command.Location, StringComparison.Ordinal);
    }
}
