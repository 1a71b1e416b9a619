using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>A fifth of all datagrams is lost, either way: handshakes complete, and each request reaches the cloud once.</summary>
public sealed class CaliforniumLossTests(WorkerFixture fixture, CaliforniumPrograms californium) : IClassFixture<WorkerFixture>
{
    private const double Loss = 0.2;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public Task Full_handshakes_and_requests_survive(int seed) =>
        SurviveAsync(seed, "full", ["--steps", "request,request,full,request"], ["full", "full"]);

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public Task Small_datagrams_survive(int seed) =>
        SurviveAsync(seed, "small", ["--steps", "request,request,request", "--mtu", "300", "--backoff", "2"], ["full"]);

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public Task Resumed_handshakes_survive(int seed) =>
        SurviveAsync(seed, "resumed", ["--steps", "request,resume,request,resume,request"], ["full", "resumed", "resumed"]);

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    public Task Rebinding_with_a_connection_id_survives(int seed) =>
        SurviveAsync(seed, "rebound", ["--cid", "6", "--steps", "request,request,rebind,request"], ["full"]);

    private async Task SurviveAsync(int seed, string name, string[] options, string[] handshakes)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        await using var line = new LossyForwarder(fixture.Worker.EndPoint, seed, Loss);
        var payload = $"{name} {seed}";
        var lines = await californium.RunClientAsync(
            fixture.Pki, $"coaps://{line.EndPoint}/t",
            ["--payload", payload, "--timeout", "500", "--retransmissions", "7", "--acktimeout", "500", "--wait", "100000", .. options],
            limit: TimeSpan.FromMinutes(4));
        var context = $"seed {seed}, {line.Lost} lost:\n{string.Join('\n', lines)}";
        Assert.True(line.Lost > 0, context);
        Assert.True(handshakes.SequenceEqual(lines.Where(one => one.Word == "handshake").Select(one => one["kind"])), context);
        Assert.True(lines.Count(one => one.Word == "response" && one["code"] == "2.04") == 3, context);
        await fixture.Cloud.ReceiveAsync(payload);
        Assert.Equal(3, fixture.Cloud.Count(payload));
    }
}
