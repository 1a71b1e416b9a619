using CoapBridge.Interop.Tests.Clouds;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.RabbitMq;

/// <summary>RabbitMQ by AMQP 0.9.1 when it is away, full, or refuses.</summary>
public sealed class AmqpAwayTests : IDisposable
{
    private const int SigHup = 1;

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task Events_of_the_brokers_absence_and_alarm_arrive_once_and_in_order()
    {
        await using var broker = await RabbitMqBroker.StartAsync(_pki, "gateway-1", "device-3");
        await using (var before = await AmqpCloud.StartAsync(_pki, broker, "cloud"))
        {
            // It leaves its queue.
        }

        await using var worker = await AmqpFixture.StartWorkerAsync(_pki, broker);
        await worker.WaitForLogAsync("upstream_ready");
        await PostEventsAsync(worker, 1, 2);

        var mark = worker.Mark;
        await broker.AlarmAsync(isOn: true);
        await PostEventsAsync(worker, 3, 3); // the broker tells who publishes
        await worker.WaitForLogAsync("upstream_blocked", mark);
        Assert.Equal("5.03", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"), payload: "telemetry")).Code);
        Assert.Contains("upstream", (await worker.GetAsync("/readyz")).Body, StringComparison.Ordinal);
        await PostEventsAsync(worker, 4, 4);
        await broker.AlarmAsync(isOn: false);
        await worker.WaitForLogAsync("upstream_unblocked", mark);
        await PostEventsAsync(worker, 5, 5);
        await DrainedAsync(worker);

        await broker.StopAsync();
        Assert.Contains("320 CONNECTION_FORCED", await worker.WaitForLogAsync("upstream_lost", mark), StringComparison.Ordinal);
        await PostEventsAsync(worker, 6, 8);
        mark = worker.Mark;
        Assert.Equal("5.03", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"), payload: "telemetry")).Code);
        Assert.Equal(3, await worker.MetricAsync("coapbridge_outbox_waiting"));

        await broker.StartAgainAsync();
        await worker.WaitForLogAsync("upstream_ready", mark);
        await PostEventsAsync(worker, 9, 9);
        await using var cloud = await AmqpCloud.StartAsync(_pki, broker, "cloud");
        await cloud.ReceiveAsync("event-9");
        Assert.Equal(Enumerable.Range(1, 9).Select(number => $"event-{number}"), cloud.All.Select(message => message.Payload));
        await DrainedAsync(worker);
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        await worker.StopAsync();
    }

    [Fact]
    public async Task Who_is_not_let_in_is_told_why_in_one_line_with_the_remedy()
    {
        await using var broker = await RabbitMqBroker.StartAsync(_pki, "gateway-1", "device-3");
        _pki.Demo.Ca.Issue(GatewayNamed("nobody")).Write(_pki.Folder, "nobody");
        _pki.Stranger.Issue(GatewayNamed("gateway-1")).Write(_pki.Folder, "strange");
        await LineAsync("does not lead to a CA that is trusted here", "put the broker's root CA into Upstream:Amqp:ServerCa", "--Upstream:Amqp:ServerCa=stranger-ca.pem");
        await using var proxy = new ConnectProxy(new() { ["broker-b.example:5671"] = broker.AmqpPort });
        await LineAsync(
            "not for broker-b.example", "set Upstream:Amqp:Host to one of these names",
            "--Upstream:Amqp:Host=broker-b.example", "--Upstream:Amqp:Port=5671", proxy.Setting.Replace("Mqtt", "Amqp", StringComparison.Ordinal));
        await LineAsync("the broker has no user for the gateway's certificate", "ssl_cert_login_from", "--Identity:Certificate=nobody.pem", "--Identity:PrivateKey=nobody.key");
        await LineAsync(
            "the broker ended the handshake with the alert", "check that the broker trusts the CA of Identity:Certificate",
            "--Identity:Certificate=strange.pem", "--Identity:PrivateKey=strange.key");
        await LineAsync("the broker has no exchange nowhere", "Upstream:Amqp:Exchange", "--Upstream:Amqp:Exchange=nowhere");
        await LineAsync("into the virtual host nowhere", "Upstream:Amqp:VirtualHost", "--Upstream:Amqp:VirtualHost=nowhere");
        await LineAsync("AMQP", "check that Port is its AMQP port", $"--Upstream:Amqp:Port={broker.MqttPort}");

        async Task LineAsync(string problem, string remedy, params string[] settings)
        {
            await using var worker = await AmqpFixture.StartWorkerAsync(_pki, broker, settings);
            var line = await worker.WaitForLogAsync("upstream_away");
            Assert.True(line.Contains(problem, StringComparison.Ordinal) && line.Contains(remedy, StringComparison.Ordinal), line);
            if (!settings.Contains("--Identity:Certificate=strange.pem")) // devices would not have it either
            {
                Assert.StartsWith("5.0", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"))).Code, StringComparison.Ordinal);
                Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/e"))).Code);
            }

            await worker.StopAsync();
        }
    }

    [Fact]
    public async Task A_new_certificate_rolls_and_one_that_is_refused_gives_way_to_the_old_one()
    {
        await using var broker = await RabbitMqBroker.StartAsync(_pki, "gateway-1", "device-3");
        await using var cloud = await AmqpCloud.StartAsync(_pki, broker, "cloud");
        await using var worker = await AmqpFixture.StartWorkerAsync(_pki, broker);
        await worker.WaitForLogAsync("upstream_ready");
        using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();

        var mark = worker.Mark;
        Roll("gateway-1");
        worker.Child.Signal(SigHup);
        var answers = new List<string>();
        while (worker.LogLines(" upstream_renewed ", mark).Count == 0)
        {
            answers.Add(await device.PostAsync("meanwhile"));
        }

        Assert.All(answers, answer => Assert.Equal("2.04", answer));

        mark = worker.Mark;
        Roll("nobody"); // no user of RabbitMQ's
        worker.Child.Signal(SigHup);
        await worker.WaitForLogAsync("upstream_renewal_refused", mark);
        await worker.WaitForLogAsync("upstream_ready", mark);
        Assert.Equal("2.04", await device.PostAsync("as before"));
        Assert.Contains("upstream: the broker refuses the gateway's new certificate", (await worker.GetAsync("/readyz")).Body, StringComparison.Ordinal);
        Assert.Equal(answers.Count, cloud.Count("meanwhile"));
    }

    [Fact]
    public async Task The_profile_works_as_it_is_with_the_rights_that_its_page_gives()
    {
        await using var broker = await RabbitMqBroker.StartAsync(_pki, "gateway-1", "device-3");
        foreach (var line in await File.ReadAllLinesAsync(RepositoryFolder.Find("config", "profiles", "rabbitmq-amqp.md"), TestContext.Current.CancellationToken))
        {
            if (line.StartsWith("rabbitmqctl set_", StringComparison.Ordinal))
            {
                await broker.ControlAsync([.. line.Split(' ').Skip(1).Select(word => word.Trim('\''))]);
            }
        }

        await using var cloud = await AmqpCloud.StartAsync(_pki, broker, queue: "", "devices.*.e.#");
        await cloud.AnswerAsync("devices.*.rpc.add", call => $"{call} = 4");
        string[] settings = ["--Upstream:Amqp:Host=localhost", $"--Upstream:Amqp:Port={broker.AmqpPort}"];
        await using (var worker = await WorkerProcess.StartProfileAsync(_pki, "rabbitmq-amqp", settings))
        {
            await worker.WaitForLogAsync("upstream_ready");
            Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/e"), payload: "event")).Code);
            Assert.Equal("gateway-1", (await cloud.ReceiveAsync("event")).Headers["gateway"]);
            Assert.Equal("2 + 2 = 4", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/rpc/add"), payload: "2 + 2")).Payload);
            await using var device = LibCoapClient.Start(_pki, worker.Uri("/c"), "device-2", ["-w", "-s", "60", "-B", "60"], "get", payload: null);
            await LibCoapClient.WaitForAsync(device, answer => answer.Code == "2.05");
            await cloud.AskAsync("devices.device-2.c.open", "50 %", "1");
            var command = await LibCoapClient.WaitForAsync(device, answer => answer.Payload == "50 %");
            var reply = command.Location[..command.Location.IndexOf('?', StringComparison.Ordinal)];
            Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, worker.Uri(reply), "device-2", payload: "open")).Code);
            await cloud.ReceiveAsync("open");
            await worker.StopAsync();
        }

        // Routing keys that the page gives no right to: the message is refused, not the gateway.
        await using var wrong = await WorkerProcess.StartProfileAsync(_pki, "rabbitmq-amqp", [.. settings, "--Topics:Prefix=elsewhere"]);
        await wrong.WaitForLogAsync("upstream_ready");
        var refused = await LibCoapClient.RequestAsync(_pki, wrong.Uri("/t"));
        Assert.True((refused.Code, refused.Payload) == ("5.02", "broker-refused: 0x87"), refused.Output);
        Assert.Contains("403", await wrong.WaitForLogAsync("upstream_publish_refused"), StringComparison.Ordinal);
        Assert.Equal("5.02", (await LibCoapClient.RequestAsync(_pki, wrong.Uri("/e"))).Code);
        Assert.Empty(wrong.LogLines(" upstream_lost "));
        Assert.Equal(0, await wrong.MetricAsync("coapbridge_unhandled_exceptions_total"));
    }

    private static CertificateOptions GatewayNamed(string name) => new()
    {
        CommonName = name,
        DnsNames = ["localhost"],
        ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
    };

    private void Roll(string name)
    {
        File.Delete(_pki["gateway.pem"]);
        File.Delete(_pki["gateway.key"]);
        _pki.Demo.Ca.Issue(GatewayNamed(name)).Write(_pki.Folder, "gateway");
    }

    private static async Task DrainedAsync(WorkerProcess worker)
    {
        for (var attempt = 0; attempt < 100 && await worker.MetricAsync("coapbridge_outbox_waiting") > 0; attempt++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, await worker.MetricAsync("coapbridge_outbox_waiting"));
    }

    private async Task PostEventsAsync(WorkerProcess worker, int first, int last)
    {
        for (var number = first; number <= last; number++)
        {
            var result = await LibCoapClient.RequestAsync(_pki, worker.Uri("/e/door"), payload: $"event-{number}");
            Assert.True(result.Code == "2.04", result.Output);
        }
    }
}
