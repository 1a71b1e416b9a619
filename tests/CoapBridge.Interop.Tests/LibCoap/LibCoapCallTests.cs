using System.Diagnostics;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.LibCoap;

/// <summary>Calls to the cloud: POST <c>/rpc/{name}</c>, answered by who subscribed at Mosquitto.</summary>
public sealed class LibCoapCallTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    [Theory]
    [InlineData(LibCoapBuild.OpenSsl, "")]
    [InlineData(LibCoapBuild.OpenSsl, "-N")]
    [InlineData(LibCoapBuild.GnuTls, "")]
    public async Task A_call_brings_the_clouds_answer(LibCoapBuild build, string non)
    {
        await fixture.StartAsync();
        await using var cloud = await CloudResponder.StartAsync(fixture.Pki, fixture.Broker, "devices/+/rpc/add", call => $"{call} = 4");
        var result = await CallAsync("add", $"{build} 2 + 2", build, non.Length > 0 ? [non] : []);
        Assert.True((result.Code, result.Payload) == ("2.04", $"{build} 2 + 2 = 4"), result.Output);
        Assert.Equal("devices/device-1/rpc/add", (await fixture.Cloud.ReceiveAsync($"{build} 2 + 2")).Topic);
    }

    [Fact]
    public async Task A_long_call_brings_a_long_answer_in_blocks()
    {
        await fixture.StartAsync();
        var question = BigPayload.Of("question");
        var file = fixture.Pki["question"];
        await File.WriteAllTextAsync(file, question, TestContext.Current.CancellationToken);
        await using var cloud = await CloudResponder.StartAsync(
            fixture.Pki, fixture.Broker, "devices/+/rpc/long", call => BigPayload.Of(call == question ? "understood" : "what?"));
        var answer = fixture.Pki["answer"];
        var result = await LibCoapClient.RequestAsync(
            fixture.Pki, fixture.Worker.Uri("/rpc/long"), payload: null, more: ["-b", "256", "-f", file, "-o", answer]);
        Assert.True(result.Code == "2.04", result.Output);
        Assert.Equal(BigPayload.Of("understood"), await File.ReadAllTextAsync(answer, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_call_that_nobody_takes_is_5_04_at_once()
    {
        await fixture.StartAsync();
        await using var other = await MosquittoBroker.StartAsync(fixture.Pki); // where no one listens, not even to devices/#
        await using var worker = await WorkerProcess.StartConnectedAsync(fixture.Pki, other, "--Listen:Endpoints=127.0.0.1:0", $"--State:Directory={fixture.Pki["other"]}");
        var result = await CallAsync(worker.Uri("/rpc/nobody"));
        Assert.True((result.Code, result.Payload) == ("5.04", "nobody-there: no one takes this call"), result.Output);
    }

    [Fact]
    public async Task A_call_that_nobody_answers_is_5_04_in_time()
    {
        await fixture.StartAsync();
        await using var worker = await WorkerProcess.StartConnectedAsync(
            fixture.Pki, fixture.Broker, "--Upstream:Mqtt:ClientId=gateway-silence", "--Upstream:Mqtt:AckTimeout=00:00:02", $"--State:Directory={fixture.Pki["silence"]}");
        await using var cloud = await CloudResponder.StartAsync(fixture.Pki, fixture.Broker, "devices/+/rpc/silence", _ => null);
        var result = await CallAsync(worker.Uri("/rpc/silence"));
        Assert.True(result.Code == "5.04", result.Output);
    }

    /// <summary>Again while the broker has not yet the subscription for answers, as the device is told.</summary>
    private async Task<LibCoapClient.Result> CallAsync(string uri)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(TimeSpan.FromSeconds(1)))
        {
            var result = await LibCoapClient.RequestAsync(fixture.Pki, uri);
            if (!result.Payload.StartsWith("no-answers", StringComparison.Ordinal) || clock.Elapsed > WorkerProcess.Patience)
            {
                return result;
            }
        }
    }

    private Task<LibCoapClient.Result> CallAsync(string name, string payload, LibCoapBuild build, string[] more) =>
        LibCoapClient.RequestAsync(fixture.Pki, fixture.Worker.Uri($"/rpc/{name}"), payload: payload, more: more, build: build);
}
