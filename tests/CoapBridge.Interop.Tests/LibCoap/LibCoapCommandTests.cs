using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.LibCoap;

/// <summary>Commands of the cloud (mosquitto_rr) to libcoap as the device, and its replies.</summary>
public sealed class LibCoapCommandTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    [Fact]
    public async Task A_polled_command_is_replied_to()
    {
        await ListenAsync("device-1");
        await using var cloud = MosquittoRequest.Send(fixture.Pki, fixture.Broker, "devices/device-1/c/valve/open", "50 %");
        var command = await PollAsync("device-1");
        for (var attempt = 0; attempt < 50 && command.Payload == ""; attempt++)
        {
            command = await PollAsync("device-1"); // it may still be on its way to the gateway's disk
        }

        Assert.Equal(("2.05", "50 %"), (command.Code, command.Payload));
        Assert.Matches(@"^/cr/[^/?]+\?n=valve/open$", command.Location);
        var reply = command.Location[..command.Location.IndexOf('?', StringComparison.Ordinal)];
        Assert.Equal("2.04", (await PostAsync("device-1", $"{reply}?status=200", "it is open")).Code);
        Assert.Equal(("it is open", "200"), await cloud.AnswerAsync());

        var none = await PollAsync("device-1");
        Assert.Equal(("2.05", "", 0), (none.Code, none.Payload, none.MaxAge));
        Assert.Equal("4.04", (await PostAsync("device-1", reply, "again")).Code);
    }

    [Fact]
    public async Task An_observed_command_comes_by_itself()
    {
        await ListenAsync("device-2");
        await using var device = LibCoapClient.Start(
            fixture.Pki, fixture.Worker.Uri("/c"), "device-2", ["-w", "-s", "60", "-B", "60"], "get", payload: null, build: LibCoapBuild.GnuTls);
        await LibCoapClient.WaitForAsync(device, answer => answer.Code == "2.05");
        foreach (var payload in new[] { "first", "second", "third" })
        {
            await MosquittoPublisher.PublishAsync(fixture.Pki, fixture.Broker, "devices/device-2/c/say", payload);
            var command = await LibCoapClient.WaitForAsync(device, answer => answer.Payload == payload);
            Assert.Equal(("2.05", "CON"), (command.Code, command.Type));
            Assert.EndsWith("?n=say", command.Location, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_answer_to_a_post_brings_a_command()
    {
        await ListenAsync("device-3");
        await using var device = LibCoapClient.Start(fixture.Pki, fixture.Worker.Uri("/t?ttd=20"), "device-3", ["-w"], payload: "waiting");
        await fixture.Cloud.ReceiveAsync("waiting");
        await using var cloud = MosquittoRequest.Send(fixture.Pki, fixture.Broker, "devices/device-3/c", "wake up");
        var answer = await LibCoapClient.WaitForAsync(device, answer => answer.Code == "2.04");
        Assert.Equal("wake up", answer.Payload);
        Assert.Equal("2.04", (await PostAsync("device-3", answer.Location, "awake")).Code);
        Assert.Equal(("awake", null), await cloud.AnswerAsync());
    }

    [Fact]
    public async Task A_post_that_waits_for_a_command_in_vain_is_answered_empty()
    {
        await ListenAsync("device-3");
        var result = await PostAsync("device-3", "/t?ttd=1", "in vain");
        Assert.Equal(("2.04", ""), (result.Code, result.Payload));
    }

    [Fact]
    public async Task A_device_that_lost_its_power_gets_its_command_on_its_new_connection()
    {
        var device = "device-lost";
        fixture.Pki.Demo.Ca.Issue(new() { CommonName = device }).Write(fixture.Pki.Folder, device);
        await ListenAsync(device);
        await using (var before = Observe(device))
        {
            await LibCoapClient.WaitForAsync(before, answer => answer.Code == "2.05");
            await MosquittoPublisher.PublishAsync(fixture.Pki, fixture.Broker, $"devices/{device}/c/say", "heard");
            await LibCoapClient.WaitForAsync(before, answer => answer.Payload == "heard");
        }

        await MosquittoPublisher.PublishAsync(fixture.Pki, fixture.Broker, $"devices/{device}/c/say", "said to nobody");
        await using var after = Observe(device);
        await LibCoapClient.WaitForAsync(after, answer => answer.Payload == "said to nobody");
    }

    private ChildProcess Observe(string device) => LibCoapClient.Start(
        fixture.Pki, fixture.Worker.Uri("/c"), device, ["-w", "-s", "60", "-B", "60"], "get", payload: null);

    /// <summary>The gateway listens for a device's commands from its first connection on.</summary>
    private async Task ListenAsync(string device)
    {
        await fixture.StartAsync();
        Assert.Equal("2.04", (await PostAsync(device, "/t", "hello")).Code);
        await fixture.Broker.Log.WaitForLineAsync(line => line.Contains($"devices/{device}/c", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
    }

    private async Task<LibCoapClient.Answer> PollAsync(string device)
    {
        await using var client = LibCoapClient.Start(fixture.Pki, fixture.Worker.Uri("/c"), device, ["-w"], "get", payload: null);
        return await LibCoapClient.WaitForAsync(client, _ => true);
    }

    private Task<LibCoapClient.Result> PostAsync(string device, string path, string payload) =>
        LibCoapClient.RequestAsync(fixture.Pki, fixture.Worker.Uri(path), device, payload: payload);
}
