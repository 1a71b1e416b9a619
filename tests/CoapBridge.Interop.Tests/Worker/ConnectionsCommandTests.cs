using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Options;
using CoapBridge.Status;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary><c>coapbridge connections</c>, beside a worker that runs.</summary>
public sealed class ConnectionsCommandTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task It_lists_who_is_connected_to_the_gateway_that_runs()
    {
        await using var worker = await WorkerProcess.StartAsync(_pki, 1);
        Assert.Equal((0, "No connection.\n", ""), await ListAsync(worker.Admin.Authority));
        using var first = await ConnectAsync(worker, 1);
        using var second = await ConnectAsync(worker, 2);
        var (code, table, _) = await ListAsync(worker.Admin.Authority);
        Assert.Equal(0, code);
        Assert.Matches(
            """
            ^DEVICE    ADDRESS +CONNECTED +HEARD +MESSAGES  CERTIFICATE
            device-1  127.0.0.1:\d+ +(just now|\d+ s ago) +(just now|\d+ s ago) +0  36[45] days
            device-2  127.0.0.1:\d+ +(just now|\d+ s ago) +(just now|\d+ s ago) +0  36[45] days
            2 connections.
            $
            """.ReplaceLineEndings("\n")[..^1], table);
        Assert.Contains("1 connection with 'CE-2' in the name.", (await ListAsync(worker.Admin.Authority, "CE-2")).Output, StringComparison.Ordinal);
        Assert.Contains("\"device\": \"device-2\"", (await ListAsync(worker.Admin.Authority, "device-2", "--json")).Output, StringComparison.Ordinal);
        await worker.StopAsync();

        var (none, _, complaint) = await ListAsync(worker.Admin.Authority);
        Assert.Equal(1, none);
        Assert.StartsWith($"coapbridge: no gateway answers at {worker.Admin.Authority}, the Admin:Listen of this configuration", complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/status.json", "{ \"devices\": 7 }")]
    [InlineData("/status.json", "<html>")]
    [InlineData("/", "{}")]
    public async Task Something_else_at_that_address_is_not_taken_for_a_gateway(string path, string answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var other = builder.Build();
        other.MapGet(path, () => answer);
        await other.StartAsync(TestContext.Current.CancellationToken);
        var address = new Uri(other.Urls.First()).Authority;
        var (code, _, complaint) = await ListAsync(address);
        Assert.Equal(1, code);
        Assert.StartsWith($"coapbridge: something else answers at {address}", complaint, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Complaint)> ListAsync(string admin, params string[] arguments)
    {
        var configuration = _pki["connections.json"];
        await File.WriteAllTextAsync(configuration, $$"""
            {
              "Identity": { "Certificate": "gateway.pem", "PrivateKey": "gateway.key", "CloudCa": "ca.pem" },
              "Upstream": { "Mqtt": { "Host": "localhost", "ClientId": "gateway-1" } }
            }
            """, TestContext.Current.CancellationToken);
        using var output = new StringWriter { NewLine = "\n" };
        using var complaint = new StringWriter { NewLine = "\n" };
        var code = await ConnectionsCommand.ExecuteAsync(
            arguments.FirstOrDefault(argument => argument != "--json"), arguments.Contains("--json"),
            errors => OptionsLoader.Load(configuration, new System.Collections.Hashtable(), [$"--Admin:Listen={admin}"], errors),
            output, complaint, TestContext.Current.CancellationToken);
        return (code, output.ToString(), complaint.ToString());
    }

    private async Task<OwnDevice> ConnectAsync(WorkerProcess worker, int number)
    {
        var device = OwnDevice.Of(worker, _pki.Demo.Device(number));
        await device.ConnectAsync();
        return device;
    }
}
