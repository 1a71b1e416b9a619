using System.Net;
using System.Net.Sockets;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>What <c>coapbridge run</c> refuses to start with, and what it takes from where.</summary>
public sealed class StartTests : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_taken_port_is_exit_2_and_names_the_key()
    {
        using var owner = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        owner.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var second = WorkerProcess.StartUnchecked(_pki, 1, [$"--Listen:Endpoints={owner.LocalEndPoint}"]);
        Assert.Equal(2, await second.WaitForExitAsync(_patience));
        Assert.StartsWith("Listen:Endpoints: port ", second.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_worker_leaves_the_firsts_port_alone_and_takes_its_own()
    {
        await using var first = await WorkerProcess.StartAsync(_pki, 1);
        await using var same = WorkerProcess.StartUnchecked(_pki, 1, [$"--Listen:Endpoints={first.EndPoint}"]);
        Assert.Equal(2, await same.WaitForExitAsync(_patience));
        Assert.Contains("Listen:Endpoints", same.Output, StringComparison.Ordinal);

        await using var second = await WorkerProcess.StartAsync(_pki, 1, null, $"--State:Directory={_pki["second"]}");
        foreach (var worker in new[] { first, second })
        {
            using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
            await device.ConnectAsync();
            Assert.Equal("5.03", await device.PostAsync("there is no broker"));
        }

        await first.StopAsync();
        await second.StopAsync();
    }

    [Fact]
    public async Task All_errors_are_told_at_once_each_with_its_key()
    {
        await using var worker = WorkerProcess.StartUnchecked(_pki, 1, ["--Devices:KeyUsage=Ignored"], configuration: """
            {
              "Identity": { "Certificate": "gateway.pem", "PrivateKey": "nowhere.key", "CloudCa": "ca.pem" },
              "Listen": { "Endpoints": ["127.0.0.1:99999"], "DatagramSize": 5, "MaxConections": 3 },
              "Upstream": { "Mqtt": { "Host": "localhost", "Port": 0 }, "Amqp": { "Host": "b" } }, "Outbox": { "MaxBytes": -1 },
              "Admin": { "Listen": "127.0.0.1:0" }
            }
            """);
        Assert.Equal(2, await worker.WaitForExitAsync(_patience));
        string[] keys =
        [
            "Devices:KeyUsage", "Identity:PrivateKey", "Listen:Endpoints", "Listen:DatagramSize", "Listen:MaxConections", "Upstream:Mqtt:Port",
            "Outbox:MaxBytes", "Upstream: has both",
        ];
        foreach (var key in keys)
        {
            Assert.Contains(key, worker.Output, StringComparison.Ordinal);
        }

        Assert.Contains("MaxConnections", worker.Output, StringComparison.Ordinal); // what was probably meant
        Assert.EndsWith($"coapbridge: not started, {worker.Lines.Count - 1} configuration errors", worker.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("COAPBRIDGE_Listen__Enpoints", "127.0.0.1:0", "Listen:Enpoints")]
    [InlineData("COAPBRIDGE_Listen__Endpoints", "nonsense", "Listen:Endpoints")]
    [InlineData("COAPBRIDGE_Upstream__Mqtt__Port", "70000", "Upstream:Mqtt:Port")]
    public async Task A_bad_environment_variable_is_an_error_of_its_key(string name, string value, string key)
    {
        await using var worker = WorkerProcess.StartUnchecked(_pki, 1, [], new Dictionary<string, string> { [name] = value });
        Assert.Equal(2, await worker.WaitForExitAsync(_patience));
        Assert.Contains(key, worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Environment_variables_come_after_the_file_and_a_list_is_replaced_as_a_whole()
    {
        await using var worker = await WorkerProcess.StartAsync(
            _pki, 1, new Dictionary<string, string> { ["COAPBRIDGE_Listen__Endpoints"] = "127.0.0.2:0,127.0.0.3:0" });
        var doors = worker.LogLines(" listening endpoint=");
        Assert.Equal(2, doors.Count);
        Assert.Contains("endpoint=127.0.0.2:", doors[0], StringComparison.Ordinal);
        Assert.Contains("endpoint=127.0.0.3:", doors[1], StringComparison.Ordinal);
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_configuration_that_is_not_there_is_exit_2()
    {
        var worker = await CommandRun.OfAsync(["run", "--config", _pki["nowhere.json"]]);
        Assert.Equal(2, worker.ExitCode);
        Assert.Contains("nowhere.json", worker.Output, StringComparison.Ordinal);
    }
}
