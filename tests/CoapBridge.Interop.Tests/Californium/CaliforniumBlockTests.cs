using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>Bodies in blocks (RFC 7959).</summary>
public sealed class CaliforniumBlockTests(WorkerFixture fixture, CaliforniumPrograms californium) : IClassFixture<WorkerFixture>
{
    [Theory]
    [InlineData(16, "CON")]
    [InlineData(64, "CON")]
    [InlineData(1024, "CON")]
    [InlineData(64, "NON")]
    public async Task A_long_body_is_one_message_at_the_broker(int block, string type)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var payload = BigPayload.Of($"{block} {type}");
        var lines = await californium.RunClientAsync(
            fixture.Pki, fixture.Worker.Uri("/t"), ["--block", $"{block}", "--type", type, "--payload", payload]);
        Assert.Equal("2.04", Assert.Single(lines, line => line.Word == "response")["code"]);
        await fixture.Cloud.ReceiveAsync(payload);
        Assert.Equal(1, fixture.Cloud.Count(payload));
    }

    [Fact]
    public async Task A_long_body_survives_a_bad_line()
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var payload = BigPayload.Of("lossy");
        await using var line = new LossyForwarder(fixture.Worker.EndPoint, seed: 7, loss: 0.2);
        var lines = await californium.RunClientAsync(
            fixture.Pki, $"coaps://{line.EndPoint}/t", ["--cid", "6", "--block", "256", "--acktimeout", "200", "--timeout", "200", "--payload", payload]);
        Assert.True(lines.Any(one => one.Word == "response" && one["code"] == "2.04"), string.Join('\n', lines));
        Assert.NotEqual(0, line.Lost);
        await fixture.Cloud.ReceiveAsync(payload);
        Assert.Equal(1, fixture.Cloud.Count(payload));
    }

    [Fact]
    public async Task A_body_that_is_too_long_is_refused()
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var lines = await californium.RunClientAsync(fixture.Pki, fixture.Worker.Uri("/t"), ["--size", "70000"]);
        Assert.Equal("4.13", Assert.Single(lines, line => line.Word == "response")["code"]);
    }
}
