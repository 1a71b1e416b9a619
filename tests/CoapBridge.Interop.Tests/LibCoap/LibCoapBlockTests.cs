using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.LibCoap;

/// <summary>libcoap sends and reads bodies in blocks (RFC 7959), with a Request-Tag (RFC 9175 §3) of its own accord.</summary>
public sealed class LibCoapBlockTests(WorkerFixture fixture) : IClassFixture<WorkerFixture>
{
    [Theory]
    [InlineData(LibCoapBuild.OpenSsl, 16, "")]
    [InlineData(LibCoapBuild.OpenSsl, 64, "")]
    [InlineData(LibCoapBuild.OpenSsl, 1024, "")]
    [InlineData(LibCoapBuild.OpenSsl, 64, "-N")]
    [InlineData(LibCoapBuild.GnuTls, 64, "")]
    [InlineData(LibCoapBuild.GnuTls, 1024, "-N")]
    public async Task A_long_body_is_one_message_at_the_broker(LibCoapBuild build, int block, string non)
    {
        await fixture.StartAsync();
        var payload = BigPayload.Of($"{build} {block} {non}");
        var result = await PostAsync(payload, build, [.. non.Length > 0 ? [non] : Array.Empty<string>(), "-b", $"{block}"]);
        Assert.True(result.Code == "2.04", result.Output);
        var message = await fixture.Cloud.ReceiveAsync(payload);
        Assert.Equal(("devices/device-1/t/long", non.Length > 0 ? 0 : 1), (message.Topic, message.Qos));
        Assert.Equal(1, fixture.Cloud.Count(payload));
    }

    [Fact]
    public async Task Blocks_that_are_lost_are_sent_again()
    {
        await fixture.StartAsync();
        var payload = BigPayload.Of("lost");

        // The handshake is 4 datagrams, the body 20: each of these costs ACK_TIMEOUT, 2 to 3 s.
        var result = await PostAsync(payload, LibCoapBuild.OpenSsl, "-b", "256", "-l", "6,15,23");
        Assert.True(result.Code == "2.04", result.Output);
        await fixture.Cloud.ReceiveAsync(payload);
        Assert.Equal(1, fixture.Cloud.Count(payload));
    }

    [Theory]
    [InlineData(LibCoapBuild.OpenSsl)]
    [InlineData(LibCoapBuild.GnuTls)]
    public async Task A_body_that_is_too_long_is_refused_at_its_first_block(LibCoapBuild build)
    {
        await fixture.StartAsync();
        var result = await PostAsync(new string('x', 70_000), build, "-b", "1024");
        Assert.Equal("4.13", result.Code);
        Assert.Contains("Size1:65536", result.Output, StringComparison.Ordinal);
        Assert.Single(result.Output.Split('\n'), line => line.Contains(" c:POST ", StringComparison.Ordinal));
    }

    private Task<LibCoapClient.Result> PostAsync(string payload, LibCoapBuild build, params string[] more)
    {
        var file = fixture.Pki[$"body-{Guid.NewGuid():n}"];
        File.WriteAllText(file, payload);
        return LibCoapClient.RequestAsync(fixture.Pki, fixture.Worker.Uri("/t/long"), payload: null, more: [.. more, "-f", file], build: build);
    }
}
