using System.Net;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Californium;

/// <summary>
/// The control experiment: what the other classes expect of the worker holds when Californium is at both ends, so that a
/// failure there is ours.
/// </summary>
public sealed class CaliforniumControlTests(CaliforniumPrograms californium) : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData("request,rebind,request,rebind,request", "full")]
    [InlineData("request,resume,request", "full,resumed")]
    [InlineData("request,restart,request", "full,resumed")]
    [InlineData("request,rebind,request,restart,request,rebind,request", "full,resumed")]
    [InlineData("request,full,request", "full,full")]
    public async Task A_device_moves_and_comes_back(string steps, string handshakes)
    {
        var (server, port) = await californium.StartServerAsync(_pki, "--cid", "6");
        await using var ending = server;
        var lines = await californium.RunClientAsync(_pki, $"coaps://127.0.0.1:{port}/t", ["--cid", "6", "--steps", steps]);
        Assert.Equal(handshakes.Split(','), lines.Where(line => line.Word == "handshake").Select(line => line["kind"]));
        Assert.All(lines.Where(line => line.Word == "handshake"), line => Assert.Equal(12, line["writecid"].Length));
        Assert.Equal(steps.Split(',').Count(step => step == "request"), lines.Count(line => line.Word == "response" && line["code"] == "2.04"));
    }

    [Fact]
    public async Task A_nat_that_forgets_the_device_costs_no_handshake()
    {
        var (server, port) = await californium.StartServerAsync(_pki, "--cid", "6");
        await using var ending = server;
        await using var nat = new LossyForwarder(new IPEndPoint(IPAddress.Loopback, port));
        await using var device = await californium.StartClientAsync(
            _pki, $"coaps://{nat.EndPoint}/t", ["--cid", "0", "--steps", "request,pause,pause,request"]);
        await device.WaitForLineAsync(line => line.StartsWith("response ", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        nat.Rebind();
        Assert.Equal(0, await device.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(["handshake", "response", "response", "end"], ResultLine.ParseAll(device.Lines).Select(line => line.Word));
    }
}
