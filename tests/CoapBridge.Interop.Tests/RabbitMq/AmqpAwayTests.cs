using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.RabbitMq;

/// <summary>RabbitMQ by AMQP 0.9.1 when it is away, killed or full, and what its rights are.</summary>
public sealed class AmqpAwayTests : IDisposable
{
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
    public async Task What_devices_heard_2_04_for_is_in_the_queue_after_the_broker_was_killed()
    {
        await using var broker = await RabbitMqBroker.StartAsync(_pki, "gateway-1", "device-3");
        await using (var before = await AmqpCloud.StartAsync(_pki, broker, "cloud"))
        {
            // It leaves its queue.
        }

        await using var worker = await AmqpFixture.StartWorkerAsync(_pki, broker);
        await worker.WaitForLogAsync("upstream_ready");
        using var stop = new CancellationTokenSource();
        var devices = new[] { "device-1", "device-2" }.Select(name => PostUntilAsync(worker, name, stop.Token)).ToList();
        await Task.Delay(2_000, TestContext.Current.CancellationToken);
        var mark = worker.Mark;
        await broker.KillAsync();
        await worker.WaitForLogAsync("upstream_lost", mark);
        await Task.Delay(1_000, TestContext.Current.CancellationToken);
        await broker.StartAgainAsync();
        await worker.WaitForLogAsync("upstream_ready", mark);
        await Task.Delay(1_000, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        var promised = (await Task.WhenAll(devices)).SelectMany(sent => sent).ToList();
        Assert.True(promised.Count > 20, $"{promised.Count} events");
        await DrainedAsync(worker);

        await using var cloud = await AmqpCloud.StartAsync(_pki, broker, "cloud");
        await cloud.ReceiveAsync(promised[^1]);
        var came = cloud.All.ToList();
        Assert.Empty(promised.Except(came.Select(message => message.Payload)));
        Assert.All(came.GroupBy(message => message.Payload), copies => Assert.Single(copies.Select(copy => copy.Properties.MessageId).Distinct()));
        foreach (var sent in came.DistinctBy(message => message.Payload).GroupBy(message => message.Headers["device"]))
        {
            Assert.Equal(sent.Select(message => message.Payload).Order(StringComparer.Ordinal), sent.Select(message => message.Payload));
        }
    }

    /// <summary>One event after the other; the result is those that it heard 2.04 for.</summary>
    private async Task<List<string>> PostUntilAsync(WorkerProcess worker, string device, CancellationToken stop)
    {
        var promised = new List<string>();
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var payload = $"{device} {number:d5}";
            if ((await LibCoapClient.RequestAsync(_pki, worker.Uri("/e"), device, payload: payload)).Code == "2.04")
            {
                promised.Add(payload);
            }
        }

        return promised;
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
