using System.Diagnostics;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;
using RabbitMQ.Client;

namespace CoapBridge.Interop.Tests.RabbitMq;

/// <summary>RabbitMQ by AMQP 0.9.1 as the broker, with real DTLS devices in front.</summary>
public sealed class AmqpTests(AmqpFixture fixture) : IClassFixture<AmqpFixture>
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task A_devices_messages_reach_a_queue_with_who_sent_them()
    {
        await fixture.StartAsync();
        await using var cloud = await AmqpCloud.StartAsync(fixture.Pki, fixture.Broker, queue: "");
        await using var worker = await fixture.StartWorkerAsync();
        foreach (var (path, key, non, mode) in new[]
        {
            ("/t", "t", false, DeliveryModes.Persistent), ("/e/door", "e.door", false, DeliveryModes.Persistent), ("/t/a.b/c", "t.a%2Eb.c", true, DeliveryModes.Transient),
        })
        {
            var result = await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri(path + "?expiry=60"), payload: path, more: [.. non ? ["-N"] : Array.Empty<string>(), "-t", "50"]);
            Assert.True(result.Code == "2.04", result.Output);
            var message = await cloud.ReceiveAsync(path);
            Assert.Equal(($"devices.device-1.{key}", mode), (message.Key, message.Properties.DeliveryMode));
            Assert.Equal(("application/json", "60000"), (message.Properties.ContentType, message.Properties.Expiration));
            Assert.Equal(("device-1", path), (message.Headers["device"], message.Headers["path"]));
            Assert.Equal(message.Headers["message_id"], message.Properties.MessageId);
            Assert.StartsWith("gateway-", message.Headers["gateway"], StringComparison.Ordinal);
            Assert.Equal(64, message.Headers["cert_sha256"].Length);
        }

        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        await worker.StopAsync();
    }

    [Fact]
    public async Task What_init_writes_for_AMQP_is_tested_at_once_and_runs()
    {
        await fixture.StartAsync();
        var pki = fixture.Pki;
        string[] arguments =
        [
            "init", "--yes", "--config", pki["init.json"], "--certificate", pki["gateway.pem"], "--key", pki["gateway.key"], "--ca", pki["ca.pem"],
            "--listen", "127.0.0.1:0", "--client-id", "gateway-init", "--protocol", "amqp", "--broker", $"localhost:{fixture.Broker.AmqpPort}",
        ];
        var wrong = await CommandRun.OfAsync([.. arguments, "--exchange", "nowhere"]);
        Assert.True(wrong.ExitCode == 1, wrong.Output);
        Assert.Contains("nowhere", wrong.Output[wrong.Output.IndexOf('✗')..], StringComparison.Ordinal);
        var init = await CommandRun.OfAsync([.. arguments, "--force"]);
        Assert.True(init.ExitCode == 0, init.Output);
        Assert.Contains("by the exchange amq.topic in /, sent as gateway-init-check, was confirmed after", init.Output, StringComparison.Ordinal);
        await using var worker = await WorkerProcess.StartWithAsync(pki, await File.ReadAllTextAsync(pki["init.json"], TestContext.Current.CancellationToken), "--Admin:Listen=127.0.0.1:0");
        await worker.WaitForLogAsync("upstream_ready");
    }

    [Fact]
    public async Task The_mqtt_plug_in_and_amqp_agree_on_topics()
    {
        await fixture.StartAsync();
        await using var cloud = await MosquittoSubscriber.StartAsync(fixture.Pki, fixture.Broker.MqttPort, "devices/device-1/t/#", "mqttv311");
        await using var worker = await fixture.StartWorkerAsync();
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri("/t/kitchen/lamp"), payload: "on")).Code);
        Assert.Equal("devices/device-1/t/kitchen/lamp", (await cloud.ReceiveAsync("on")).Topic);
    }

    [Fact]
    public async Task A_device_with_a_dot_in_its_name_writes_no_other_devices_key()
    {
        await fixture.StartAsync();
        fixture.Pki.Demo.Ca.Issue(new CertificateOptions { CommonName = "a.e" }).Write(fixture.Pki.Folder, "a.e");
        await using var cloud = await AmqpCloud.StartAsync(fixture.Pki, fixture.Broker, queue: "");
        await using var worker = await fixture.StartWorkerAsync();
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri("/t"), "a.e", payload: "from a.e")).Code);
        Assert.Equal("devices.a%2Ee.t", (await cloud.ReceiveAsync("from a.e")).Key);
    }

    [Fact]
    public async Task What_amqp_cannot_do_is_told_and_a_message_without_a_queue_is_not_silent()
    {
        await fixture.StartAsync();
        await using var worker = await fixture.StartWorkerAsync("--Topics:Prefix=nobody", $"--Upstream:Amqp:ClientId=gateway-{Guid.NewGuid():N}");
        Assert.Equal("4.04", (await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri("/ps/nobody/device-1/x"), method: "put")).Code);
        Assert.Equal("5.02", (await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri("/t?retain=1"))).Code);
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri("/t"))).Code);
        var line = await worker.WaitForLogAsync("upstream_unroutable");
        Assert.True(line.Contains("key=nobody.device-1.t", StringComparison.Ordinal), line);
        Assert.Contains("""outcome="acknowledged",reason_code="0x10"} 1""", (await worker.GetAsync("/metrics")).Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_command_comes_from_the_queue_and_its_reply_reaches_who_asked()
    {
        await fixture.StartAsync();
        await using var cloud = await AmqpCloud.StartAsync(fixture.Pki, fixture.Broker, queue: null);
        await using var worker = await fixture.StartWorkerAsync();
        await using var device = LibCoapClient.Start(fixture.Pki, worker.Uri("/c"), "device-2", ["-w", "-s", "60", "-B", "60"], "get", payload: null);
        await LibCoapClient.WaitForAsync(device, answer => answer.Code == "2.05");
        var coming = LibCoapClient.WaitForAsync(device, answer => answer.Payload == "50 %");
        await cloud.AskAsync("devices.device-2.c.valve.open", "50 %", "order-42");
        var command = await coming;
        Assert.EndsWith("?n=valve/open", command.Location, StringComparison.Ordinal);
        var reply = command.Location[..command.Location.IndexOf('?', StringComparison.Ordinal)];
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri($"{reply}?status=200"), "device-2", payload: "it is open")).Code);
        var answer = await cloud.ReceiveAsync("it is open");
        Assert.Equal(("order-42", "200", "device-2"), (answer.Properties.CorrelationId, answer.Headers["status"], answer.Headers["device"]));
    }

    [Fact]
    public async Task Commands_that_come_while_no_gateway_runs_wait_in_the_queue()
    {
        await fixture.StartAsync();
        var configuration = AmqpFixture.Configuration(fixture.Broker, $"gateway-{Guid.NewGuid():N}");
        await using var cloud = await AmqpCloud.StartAsync(fixture.Pki, fixture.Broker, queue: null);
        await using (var first = await WorkerProcess.StartWithAsync(fixture.Pki, configuration))
        {
            await first.WaitForLogAsync("upstream_ready");
            Assert.Equal("2.05", (await LibCoapClient.RequestAsync(fixture.Pki, first.Uri("/c"), "device-3", method: "get", payload: null)).Code);
            await cloud.SendAsync("devices.device-3.c.say", "while it runs");
            await PollAsync(first, "device-3", "while it runs");
            await first.StopAsync();
        }

        await cloud.SendAsync("devices.device-3.c.say", "while it is away");
        await using var second = await WorkerProcess.StartWithAsync(fixture.Pki, configuration);
        await second.WaitForLogAsync("upstream_ready");
        await PollAsync(second, "device-3", "while it is away");
    }

    [Fact]
    public async Task A_call_brings_the_clouds_answer()
    {
        await fixture.StartAsync();
        await using var cloud = await AmqpCloud.StartAsync(fixture.Pki, fixture.Broker, queue: null);
        await cloud.AnswerAsync("devices.*.rpc.add", call => $"{call} = 4");
        await using var worker = await fixture.StartWorkerAsync();
        var result = await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri("/rpc/add"), payload: "2 + 2");
        Assert.True((result.Code, result.Payload) == ("2.04", "2 + 2 = 4"), result.Output);
        var nobody = await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri("/rpc/nobody"), payload: "2 + 2");
        Assert.True((nobody.Code, nobody.Payload) == ("5.04", "nobody-there: no one takes this call"), nobody.Output);
    }

    [Fact]
    public async Task A_second_gateway_of_the_name_publishes_but_gets_no_commands_until_the_first_is_gone()
    {
        await fixture.StartAsync();
        fixture.Pki.Demo.Ca.Issue(new CertificateOptions { CommonName = "device-9" }).Write(fixture.Pki.Folder, "device-9"); // of no other gateway's
        var name = $"gateway-{Guid.NewGuid():N}";
        await using var cloud = await AmqpCloud.StartAsync(fixture.Pki, fixture.Broker, queue: null);
        await using var first = await WorkerProcess.StartWithAsync(fixture.Pki, AmqpFixture.Configuration(fixture.Broker, name));
        await first.WaitForLogAsync("upstream_ready");
        Assert.Equal("2.05", (await LibCoapClient.RequestAsync(fixture.Pki, first.Uri("/c"), "device-9", method: "get", payload: null)).Code);
        await cloud.SendAsync("devices.device-9.c.say", "for the first");
        await PollAsync(first, "device-9", "for the first");

        await using var second = await WorkerProcess.StartWithAsync(fixture.Pki, AmqpFixture.Configuration(fixture.Broker, name), "--Outbox:File=second.db");
        await second.WaitForLogAsync("upstream_ready");
        Assert.Equal("2.05", (await LibCoapClient.RequestAsync(fixture.Pki, second.Uri("/c"), "device-9", method: "get", payload: null)).Code);
        Assert.Contains("in exclusive use", await second.WaitForLogAsync("upstream_commands_wait"), StringComparison.Ordinal);
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(fixture.Pki, second.Uri("/t"))).Code);
        await first.StopAsync();
        await cloud.SendAsync("devices.device-9.c.say", "for the second");
        await PollAsync(second, "device-9", "for the second");
    }

    [Fact]
    public async Task Check_goes_to_the_exchange_and_back_beside_a_gateway_that_runs()
    {
        await fixture.StartAsync();
        await using var worker = await fixture.StartWorkerAsync();
        var file = fixture.Pki["check.json"];
        await File.WriteAllTextAsync(file, AmqpFixture.Configuration(fixture.Broker, "gateway-1"), TestContext.Current.CancellationToken);
        var (good, said) = await CheckAsync(file);
        Assert.True(good < 2, said);
        Assert.Matches("✓ a message to gateways/gateway-1/check, by the exchange amq.topic in /, sent as gateway-1-check, was confirmed after [0-9]+ ms", said);
        var (bad, why) = await CheckAsync(file, "--Upstream:Amqp:Exchange=nowhere");
        Assert.Equal(2, bad);
        Assert.Contains("✗ the broker has no exchange nowhere", why, StringComparison.Ordinal);
        Assert.Contains("correct Upstream:Amqp:Exchange", why, StringComparison.Ordinal);
        Assert.Empty(worker.LogLines(" upstream_lost "));
    }

    private static async Task<(int Code, string Output)> CheckAsync(string file, params string[] settings)
    {
        var check = await CommandRun.OfAsync(["check", "--config", file, .. settings]);
        return (check.ExitCode, check.Output);
    }

    /// <summary>Polls until the device has the command, and replies to it.</summary>
    /// <remarks>A queue that somebody else consumes is asked for every 10 s.</remarks>
    private async Task PollAsync(WorkerProcess worker, string name, string payload)
    {
        var last = "";
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < _patience;)
        {
            await using var device = LibCoapClient.Start(fixture.Pki, worker.Uri("/c"), name, [], "get", payload: null);
            var answer = await LibCoapClient.WaitForAsync(device, _ => true);
            if ((last = answer.Payload) == payload)
            {
                var reply = answer.Location[..answer.Location.IndexOf('?', StringComparison.Ordinal)];
                Assert.Equal("2.04", (await LibCoapClient.RequestAsync(fixture.Pki, worker.Uri(reply), name, payload: "done")).Code);
                return;
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Fail($"no {payload}, but {last}:\n{worker.Child.Output}");
    }
}
