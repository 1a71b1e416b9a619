using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.LibCoap;

/// <summary>State and its observers: libcoap as the device, the cloud at Mosquitto.</summary>
public sealed class LibCoapStateTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    [Theory]
    [InlineData(LibCoapBuild.OpenSsl)]
    [InlineData(LibCoapBuild.GnuTls)]
    public async Task State_is_written_read_and_deleted(LibCoapBuild build)
    {
        await fixture.StartAsync();
        var topic = $"devices/device-1/state/{build}";
        Assert.Equal("4.04", (await RequestAsync("get", topic, build)).Code);
        Assert.Equal("2.01", (await RequestAsync("put", topic, build, $"first {build}")).Code);
        Assert.Equal("2.04", (await RequestAsync("put", topic, build, $"second {build}")).Code);
        Assert.Equal("4.12", (await RequestAsync("put", topic, build, "never", "-O", "5,")).Code);

        var read = await RequestAsync("get", topic, build);
        Assert.True((read.Code, read.Payload) == ("2.05", $"second {build}"), read.Output);
        Assert.Equal("2.03", (await RequestAsync("get", topic, build, null, "-O", $"4,{read.ETag}")).Code);
        Assert.Equal("2.05", (await RequestAsync("get", topic, build, null, "-O", "4,0x00")).Code);

        Assert.Equal("2.04", (await RequestAsync("post", topic, build, $"message {build}")).Code);
        await fixture.Cloud.ReceiveAsync($"message {build}");
        await using (var newcomer = await MosquittoSubscriber.StartAsync(fixture.Pki, fixture.Broker, topic))
        {
            Assert.True((await newcomer.ReceiveAsync($"second {build}")).IsRetained);
        }

        Assert.Equal("2.02", (await RequestAsync("delete", topic, build)).Code);
        Assert.Equal("4.04", (await RequestAsync("get", topic, build)).Code);
        Assert.Equal(0, fixture.Cloud.Count("never"));
    }

    [Fact]
    public async Task What_the_cloud_has_retained_is_read()
    {
        await fixture.StartAsync();
        await MosquittoPublisher.PublishAsync(fixture.Pki, fixture.Broker, "devices/device-1/setpoint", "19.0", "-r", "-D", "publish", "content-type", "text/plain");
        var read = await RequestAsync("get", "devices/device-1/setpoint");
        Assert.True((read.Code, read.Payload) == ("2.05", "19.0"), read.Output);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("put")]
    [InlineData("post")]
    [InlineData("delete")]
    public async Task Another_devices_state_is_none_of_its_business(string method)
    {
        await fixture.StartAsync();
        await MosquittoPublisher.PublishAsync(fixture.Pki, fixture.Broker, "devices/device-2/secret", "theirs", "-r");
        Assert.Equal("4.03", (await RequestAsync(method, "devices/device-2/secret", payload: method is "put" or "post" ? "mine" : null)).Code);
        Assert.Equal(0, fixture.Cloud.Count("mine"));
    }

    [Theory]
    [InlineData(LibCoapBuild.OpenSsl)]
    [InlineData(LibCoapBuild.GnuTls)]
    public async Task An_observer_hears_of_each_change_and_of_the_end(LibCoapBuild build)
    {
        await fixture.StartAsync();
        var topic = $"devices/device-1/observed/{build}";
        await MosquittoPublisher.PublishAsync(fixture.Pki, fixture.Broker, topic, "0", "-r");
        await using var device = Observe(topic, build);
        var last = await LibCoapClient.WaitForAsync(device, answer => answer is { Code: "2.05", Payload: "0" });
        for (var value = 1; value <= 3; value++)
        {
            await MosquittoPublisher.PublishAsync(fixture.Pki, fixture.Broker, topic, $"{value}", "-r");
            var next = await LibCoapClient.WaitForAsync(device, answer => answer.Payload == $"{value}");
            Assert.True(next.Observe > last.Observe, device.Output);
            Assert.Equal(("2.05", "CON"), (next.Code, next.Type));
            last = next;
        }

        await MosquittoPublisher.PublishAsync(fixture.Pki, fixture.Broker, topic, null, "-r");
        var end = await LibCoapClient.WaitForAsync(device, answer => answer.Code == "4.04");
        Assert.Null(end.Observe);
    }

    [Theory]
    [InlineData(LibCoapBuild.OpenSsl, 64)]
    [InlineData(LibCoapBuild.OpenSsl, 1024)]
    [InlineData(LibCoapBuild.GnuTls, 64)]
    public async Task A_long_value_is_written_and_read_in_blocks(LibCoapBuild build, int block)
    {
        await fixture.StartAsync();
        var topic = $"devices/device-1/long/{build}/{block}";
        var value = BigPayload.Of($"{build} {block}");
        var (source, copy) = (fixture.Pki[$"value-{build}-{block}"], fixture.Pki[$"copy-{build}-{block}"]);
        await File.WriteAllTextAsync(source, value, TestContext.Current.CancellationToken);
        Assert.Equal("2.01", (await RequestAsync("put", topic, build, null, "-b", $"{block}", "-f", source)).Code);
        await fixture.Cloud.ReceiveAsync(value);
        var read = await RequestAsync("get", topic, build, null, "-b", $"{block}", "-o", copy);
        Assert.True(read.Code == "2.05", read.Output);
        Assert.Equal(value, await File.ReadAllTextAsync(copy, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_observer_outlives_the_brokers_restart()
    {
        using var pki = new TestPki();
        const string Persistent = "allow_anonymous true\npersistence true\nautosave_interval 1\nautosave_on_changes true";
        await using var broker = await MosquittoBroker.StartAsync(pki, lines: $"{Persistent}\npersistence_location {pki.Folder}/");
        await using var worker = await WorkerProcess.StartConnectedAsync(pki, broker);
        await MosquittoPublisher.PublishAsync(pki, broker, "devices/device-1/kept", "before", "-r");
        await using var device = LibCoapClient.Start(
            pki, worker.Uri("/ps/devices/device-1/kept"), more: ["-w", "-s", "60", "-B", "60"], method: "get", payload: null);
        await LibCoapClient.WaitForAsync(device, answer => answer.Payload == "before");

        var mark = worker.Mark;
        await broker.StopAsync();
        await worker.WaitForLogAsync("upstream_lost", mark);
        await broker.StartAgainAsync();
        await worker.WaitForLogAsync("upstream_ready", mark);
        await MosquittoPublisher.PublishAsync(pki, broker, "devices/device-1/kept", "after", "-r");
        var after = await LibCoapClient.WaitForAsync(device, answer => answer.Payload == "after");
        Assert.Equal("2.05", after.Code);
        Assert.NotNull(after.Observe);
        Assert.Single(worker.LogLines(" handshake result=ok"));
    }

    [Fact]
    public async Task An_observer_outlives_the_gateways_restart()
    {
        using var pki = new TestPki();
        await using var broker = await MosquittoBroker.StartAsync(pki);
        await using var first = await WorkerProcess.StartConnectedAsync(pki, broker);
        await MosquittoPublisher.PublishAsync(pki, broker, "devices/device-1/kept", "before", "-r");
        await using var device = LibCoapClient.Start(
            pki, first.Uri("/ps/devices/device-1/kept"), more: ["-w", "-s", "60", "-B", "60"], method: "get", payload: null);
        var before = await LibCoapClient.WaitForAsync(device, answer => answer.Payload == "before");
        await first.StopAsync();

        await using var second = await WorkerProcess.StartConnectedAsync(pki, broker, $"--Listen:Endpoints={first.EndPoint}");
        await second.WaitForLogAsync("connections_taken_up count=1 dropped=0");
        await MosquittoPublisher.PublishAsync(pki, broker, "devices/device-1/kept", "after", "-r");
        var after = await LibCoapClient.WaitForAsync(device, answer => answer.Payload == "after");
        Assert.Equal("2.05", after.Code);
        Assert.True(after.Observe > before.Observe, device.Output);
        Assert.Empty(second.LogLines(" handshake "));
        await second.StopAsync();
    }

    private ChildProcess Observe(string topic, LibCoapBuild build, int seconds = 60) => LibCoapClient.Start(
        fixture.Pki, fixture.Worker.Uri($"/ps/{topic}"), more: ["-w", "-s", $"{seconds}", "-B", "60"], method: "get", payload: null, build: build);

    private Task<LibCoapClient.Result> RequestAsync(
        string method, string topic, LibCoapBuild build = LibCoapBuild.OpenSsl, string? payload = null, params string[] more) =>
        LibCoapClient.RequestAsync(fixture.Pki, fixture.Worker.Uri($"/ps/{topic}"), more: more, method: method, payload: payload, build: build);
}
