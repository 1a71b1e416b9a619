using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>A device that sleeps and moves: Connection IDs (RFC 9146) and session resumption.</summary>
public sealed class CaliforniumMobilityTests(WorkerFixture fixture, CaliforniumPrograms californium) : IClassFixture<WorkerFixture>
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(16)]
    public async Task Connection_ids_are_agreed_on(int length)
    {
        var lines = await RunAsync("--cid", $"{length}");
        var handshake = Assert.Single(lines, line => line.Word == "handshake");
        Assert.Equal(2 * length, handshake["readcid"].Length);
        Assert.Equal(2 * 8, handshake["writecid"].Length); // Listen:ConnectionIdLength
        Assert.Equal("2.04", Assert.Single(lines, line => line.Word == "response")["code"]);
    }

    [Theory]
    [InlineData("CON")]
    [InlineData("NON")]
    public async Task A_device_that_goes_on_from_another_port_needs_no_handshake(string type)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        var lines = await RunAsync("--cid", "6", "--type", type, "--steps", "request,rebind,request,request,rebind,request");
        Assert.Equal(
            ["handshake", "response", "rebound", "response", "response", "rebound", "response", "end"], lines.Select(line => line.Word));
        Assert.All(lines.Where(line => line.Word == "response"), line => Assert.Equal("2.04", line["code"]));
        Assert.Single(fixture.Worker.LogLines("handshake result=", mark));
    }

    [Fact]
    public async Task A_nat_that_forgets_the_device_costs_no_handshake()
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        var mark = fixture.Worker.Mark;
        await using var nat = new LossyForwarder(fixture.Worker.EndPoint);
        await using var device = await californium.StartClientAsync(
            fixture.Pki, $"coaps://{nat.EndPoint}/t", ["--cid", "0", "--payload", "21.5", "--steps", "request,pause,pause,request"]);
        await device.WaitForLineAsync(line => line.StartsWith("response ", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        nat.Rebind();
        Assert.Equal(0, await device.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        var lines = ResultLine.ParseAll(device.Lines);
        Assert.Equal(["handshake", "response", "response", "end"], lines.Select(line => line.Word));
        Assert.Equal("2.04", lines[2]["code"]);
        Assert.Single(fixture.Worker.LogLines("handshake result=", mark));
    }

    [Theory]
    [InlineData("resume")]
    [InlineData("restart")]
    public async Task A_session_is_resumed(string how)
    {
        var lines = await RunAsync("--steps", $"request,{how},request,{how},request");
        var handshakes = lines.Where(line => line.Word == "handshake").ToList();
        Assert.Equal(["full", "resumed", "resumed"], handshakes.Select(line => line["kind"]));
        Assert.NotEmpty(handshakes[0]["session"]);
        Assert.All(handshakes, line => Assert.Equal("CN=gateway-1", line["peer"]));
        Assert.Equal(3, lines.Count(line => line.Word == "response" && line["code"] == "2.04"));
    }

    [Fact]
    public async Task A_session_without_extended_master_secret_is_never_resumed()
    {
        var lines = await RunAsync("--ems", "OPTIONAL", "--steps", "request,resume,request");
        Assert.Equal(["full", "resumed"], lines.Where(line => line.Word == "handshake").Select(line => line["kind"]));

        // RFC 7627 §5.3, DESIGN D-14
        lines = await RunAsync("--ems", "NONE", "--steps", "request,resume,request");
        Assert.Equal(["full", "full"], lines.Where(line => line.Word == "handshake").Select(line => line["kind"]));
        Assert.Equal(2, lines.Count(line => line.Word == "response" && line["code"] == "2.04"));
    }

    [Fact]
    public async Task A_resumed_connection_has_new_connection_ids_and_may_move()
    {
        var lines = await RunAsync("--cid", "6", "--steps", "request,resume,request,rebind,request");
        var handshakes = lines.Where(line => line.Word == "handshake").ToList();
        Assert.Equal(["full", "resumed"], handshakes.Select(line => line["kind"]));
        Assert.NotEqual(handshakes[0]["writecid"], handshakes[1]["writecid"]);
        Assert.Equal(3, lines.Count(line => line.Word == "response" && line["code"] == "2.04"));
    }

    private async Task<IReadOnlyList<ResultLine>> RunAsync(params string[] options)
    {
        CaliforniumPrograms.SkipIfMissing();
        await fixture.StartAsync();
        return await californium.RunClientAsync(fixture.Pki, fixture.Worker.Uri("/t"), ["--payload", "21.5", .. options]);
    }
}
