using System.Net;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>From nothing to a message at Mosquitto: what <c>init</c> writes runs as it is.</summary>
public sealed class FirstHourTests : IDisposable
{
    private readonly TestPki _pki = new();

    private string Config => _pki["first.json"];

    public void Dispose() => _pki.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_init_asks_for_is_enough(bool atTerminal)
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        var answers = string.Join('\n', _pki["gateway.pem"], _pki["device-1.key"], _pki["gateway.key"], _pki["ca.pem"], "127.0.0.1:0", "", "", "", $"localhost:{broker.Port}", "");
        string[] arguments = ["init", "--config", Config];
        var init = atTerminal
            ? await CommandRun.OfLineAsync([InstalledProgram.Find("script"), "-qec", string.Join(' ', [.. CommandRun.Program, .. arguments]), "/dev/null"], answers)
            : await CommandRun.OfAsync(arguments, answers);
        Assert.True(init.ExitCode == 0, init.Output);
        Assert.Contains("is not the key of the first certificate", init.Output, StringComparison.Ordinal);
        Assert.Contains("was acknowledged after", init.Output, StringComparison.Ordinal);
        Assert.Contains($"coapbridge run --config {Config}", init.Output, StringComparison.Ordinal);

        string[] program = CommandRun.Program;
        await using var gateway = ChildProcess.Start(program[0], [.. program[1..], "run", "--config", Config, "--Admin:Listen=127.0.0.1:0"]);
        await gateway.WaitForLineAsync(line => line.Contains(" upstream_ready", StringComparison.Ordinal), WorkerProcess.Patience);
        var listening = gateway.Lines.First(line => line.Contains(" listening endpoint=", StringComparison.Ordinal));
        var endPoint = IPEndPoint.Parse(listening[(listening.LastIndexOf('=') + 1)..]);
        await using var cloud = await MosquittoSubscriber.StartAsync(_pki, broker);
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, $"coaps://{endPoint}/t", payload: "first")).Code);
        await cloud.ReceiveAsync("first");
    }

    [Fact]
    public async Task A_script_needs_no_answers()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        string[] arguments =
        [
            "init", "--yes", "--config", Config, "--certificate", _pki["gateway.pem"], "--key", _pki["gateway.key"], "--ca", _pki["ca.pem"],
            "--listen", "127.0.0.1:0", "--broker", $"localhost:{broker.Port}",
        ];
        var init = await CommandRun.OfAsync(arguments);
        Assert.True(init.ExitCode == 0, init.Output);
        var check = await CommandRun.OfAsync(["check", "--config", Config, "--Admin:Listen=127.0.0.1:0"]);
        Assert.True(check.ExitCode == 0, check.Output);
        Assert.Equal(2, (await CommandRun.OfAsync(arguments)).ExitCode); // it is there now
    }

    [Theory]
    [InlineData("allow_anonymous false", "the broker refuses the client gateway-1-check: 0x87 NotAuthorized", "let the gateway's certificate connect as gateway-1")]
    [InlineData("allow_anonymous true\nacl_file {acl}", "lets gateway-1-check in but refuses its message", "let the gateway's certificate publish to gateways/gateway-1/#")]
    public async Task A_broker_that_says_no_in_MQTT_is_named_with_the_remedy(string lines, string problem, string remedy)
    {
        await File.WriteAllTextAsync(_pki["acl"], "topic read #\n", TestContext.Current.CancellationToken);
        await using var broker = await MosquittoBroker.StartAsync(_pki, lines: lines.Replace("{acl}", _pki["acl"], StringComparison.Ordinal));
        var check = await CommandRun.OfAsync(["check", "--config", CommandRun.Configuration(_pki, broker.Port)]);
        Assert.Equal(2, check.ExitCode);
        Assert.Contains(problem, check.Output, StringComparison.Ordinal);
        Assert.Contains(remedy, check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_is_there_for_every_command_and_a_slip_is_exit_2()
    {
        foreach (var command in new[] { "", "init", "run", "check", "cert explain", "policy test", "outbox", "outbox list", "support-bundle" })
        {
            var help = await CommandRun.OfAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            Assert.Equal(0, help.ExitCode);
            Assert.Contains($"  coapbridge {command}", help.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("Additional Arguments", help.Output, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(2, (await CommandRun.OfAsync(["outbox", "retry"])).ExitCode);
    }

    [Fact]
    public async Task A_support_bundle_is_made_beside_a_gateway_that_runs()
    {
        await using var worker = await WorkerProcess.StartAsync(_pki, 1);
        var bundle = await CommandRun.OfAsync(
            ["support-bundle", "--out", _pki["help.tar.gz"], "--config", CommandRun.Configuration(_pki, 1), $"--Admin:Listen=127.0.0.1:{worker.Admin.Port}"]);
        Assert.True(bundle.ExitCode == 0, bundle.Output);
        var metrics = await CommandRun.OfLineAsync([InstalledProgram.Find("tar"), "-xzOf", _pki["help.tar.gz"], "--wildcards", "*/metrics.txt"], "");
        Assert.Contains("coapbridge_unhandled_exceptions_total 0", metrics.Output, StringComparison.Ordinal);
    }
}
