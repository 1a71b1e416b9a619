using System.Diagnostics;
using System.Text;
using CoapBridge.Mqtt;

namespace CoapBridge.Interop.Tests.Mosquitto;

/// <summary>What our client hears of Mosquitto, and its session over two connections.</summary>
public sealed class MosquittoSubscriptionTests : IAsyncLifetime
{
    private readonly TemporaryPki _pki = new();
    private readonly MqttClientEngine _engine = new(new MqttClientOptions("gateway-1", TimeSpan.FromSeconds(60)) { SessionExpiry = TimeSpan.FromHours(1) });
    private readonly int _port = MosquittoPrograms.FreePort();
    private Process? _mosquitto;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(
            _pki["mosquitto.conf"],
            $"""
            listener {_port} 127.0.0.1
            cafile {_pki["ca.pem"]}
            certfile {_pki["broker.pem"]}
            keyfile {_pki["broker.key"]}
            require_certificate true
            allow_anonymous true
            max_topic_alias 10
            user {Environment.UserName}
            """);
        _mosquitto = MosquittoPrograms.Start("mosquitto", "-c", _pki["mosquitto.conf"]);
        await MosquittoPrograms.WaitForAsync(_port);
    }

    public async ValueTask DisposeAsync()
    {
        _mosquitto!.Kill();
        await _mosquitto.WaitForExitAsync(CancellationToken.None);
        _mosquitto.Dispose();
        _pki.Dispose();
    }

    [Fact]
    public async Task Retained_messages_come_before_the_pingresp_and_each_copy_names_its_subscription()
    {
        await PublishAsync("-t", "s/a", "-m", "kept", "-q", "1", "-r");
        await using var driver = await ConnectAsync();
        _engine.Subscribe(EngineDriver.Now, 1, [new("s/a", QualityOfService.AtLeastOnce, true)], 1);
        _engine.Subscribe(EngineDriver.Now, 2, [new("s/#", QualityOfService.ExactlyOnce, false)], 2);
        await driver.FlushAsync();
        var events = await driver.RunUntilAsync(3);
        Assert.Equal(2, events.Count(what => what.Kind == MqttEventKind.SubscribeAcknowledged));
        Assert.All(events.SelectMany(what => what.Reasons ?? []), reason => Assert.False(reason.IsFailure()));
        var retained = Assert.Single(events, what => what.Kind == MqttEventKind.MessageReceived);
        Assert.Equal(("kept", true), (Text(retained), retained.Message!.Message.Retain));
        Assert.Equal([1], retained.Message.SubscriptionIdentifiers);
        _engine.Acknowledge(EngineDriver.Now, retained.Ticket);
        _engine.Ping(EngineDriver.Now, 9);
        Assert.Equal((MqttEventKind.PingAnswered, 9ul), await NextAsync(driver));

        await PublishAsync(
            "-t", "s/a", "-m", "new", "-q", "2", "-r", "-D", "publish", "response-topic", "gateways/g/r", "-D", "publish", "correlation-data", "xyz",
            "-D", "publish", "user-property", "k", "v");
        var copies = await driver.RunUntilAsync(2);
        Assert.Equal([1, 2], copies.SelectMany(what => what.Message!.SubscriptionIdentifiers).Order());
        Assert.All(copies, what =>
        {
            var message = what.Message!.Message;
            Assert.Equal(("new", true, "gateways/g/r"), (Text(what), message.Retain, message.ResponseTopic));
            Assert.Equal("xyz", Encoding.ASCII.GetString(message.CorrelationData!.Value.Span));
            Assert.Equal([new UserProperty("k", "v")], message.UserProperties);
            _engine.Acknowledge(EngineDriver.Now, what.Ticket);
        });
        Assert.Equal([QualityOfService.AtLeastOnce, QualityOfService.ExactlyOnce], copies.Select(what => what.Message!.Message.QualityOfService).Order());

        _engine.Unsubscribe(EngineDriver.Now, 3, ["s/a", "s/#"]);
        var unsuback = (await driver.RunUntilAsync(1))[0];
        Assert.Equal([MqttReasonCode.Success, MqttReasonCode.Success], unsuback.Reasons!);
    }

    [Fact]
    public async Task A_session_goes_on_where_the_connection_broke()
    {
        await using (var first = await ConnectAsync())
        {
            _engine.Subscribe(EngineDriver.Now, 1, [new("c/#", QualityOfService.AtLeastOnce, false)], 2);
            await first.RunUntilAsync(1);
            await PublishAsync("-t", "c/held", "-m", "1", "-q", "1");
            Assert.Equal(MqttEventKind.MessageReceived, (await first.RunUntilAsync(1))[0].Kind); // and not acknowledged
            _engine.Publish(EngineDriver.Now, 5, new ApplicationMessage { Topic = "t", QualityOfService = QualityOfService.AtLeastOnce });
            await first.FlushAsync();
        }

        _engine.HandleDisconnected(EngineDriver.Now);
        await PublishAsync("-t", "c/meanwhile", "-m", "2", "-q", "1");
        await using var second = await ConnectAsync(MqttEventKind.PublishUnconfirmed, MqttEventKind.ConnectionClosed);
        Assert.True(_engine.IsSessionResumed);
        var events = await second.RunUntilAsync(3);
        var messages = events.Where(what => what.Kind == MqttEventKind.MessageReceived).ToList();
        Assert.Equal([("c/held", true), ("c/meanwhile", false)], messages.Select(what => (what.Message!.Message.Topic, what.Message.IsDuplicate)));
        Assert.Single(events, what => what is { Kind: MqttEventKind.PublishAcknowledged, Ticket: 5 });
        messages.ForEach(what => _engine.Acknowledge(EngineDriver.Now, what.Ticket));
        await second.FlushAsync();
        _engine.Disconnect(EngineDriver.Now, MqttReasonCode.Success, endsSession: true);
        await second.FlushAsync();
    }

    [Fact]
    public async Task Mqtt_3_1_1_publishes_subscribes_and_goes_on_in_its_session()
    {
        var engine = new MqttClientEngine(new MqttClientOptions("old", TimeSpan.FromSeconds(60))
        {
            Version = MqttVersion.Mqtt311, SessionExpiry = TimeSpan.FromHours(1), Will = new ApplicationMessage { Topic = "status/old", Retain = true },
        });
        await PublishAsync("-t", "v/kept", "-m", "kept", "-q", "1", "-r");
        await using (var first = await ConnectAsync(engine))
        {
            engine.Subscribe(EngineDriver.Now, 1, [new("v/#", QualityOfService.AtLeastOnce, true)]);
            engine.Publish(EngineDriver.Now, 2, new ApplicationMessage { Topic = "t", QualityOfService = QualityOfService.ExactlyOnce });
            var events = await first.RunUntilAsync(3);
            Assert.Equal(
                [MqttEventKind.PublishAcknowledged, MqttEventKind.SubscribeAcknowledged, MqttEventKind.MessageReceived], events.Select(what => what.Kind).Order());
            var retained = events.Single(what => what.Kind == MqttEventKind.MessageReceived);
            Assert.Equal(("kept", true), (Text(retained), retained.Message!.Message.Retain));
            engine.Acknowledge(EngineDriver.Now, retained.Ticket);
            await first.FlushAsync();
        }

        engine.HandleDisconnected(EngineDriver.Now);
        await PublishAsync("-t", "v/meanwhile", "-m", "later", "-q", "1");
        await using var second = await ConnectAsync(engine, MqttEventKind.ConnectionClosed);
        Assert.True(engine.IsSessionResumed);
        var message = Assert.Single(await second.RunUntilAsync(1));
        Assert.Equal("later", Text(message));
        engine.Acknowledge(EngineDriver.Now, message.Ticket);
        engine.Unsubscribe(EngineDriver.Now, 3, ["v/#"]);
        Assert.Equal((MqttEventKind.UnsubscribeAcknowledged, 3ul), await NextAsync(second));
        engine.Disconnect(EngineDriver.Now, MqttReasonCode.Success);
        await second.FlushAsync();
    }

    [Fact]
    public async Task Qos_2_and_topic_aliases_reach_a_subscriber_once_and_in_order()
    {
        await using var driver = await ConnectAsync();
        _engine.Subscribe(EngineDriver.Now, 1, [new("echo/+", QualityOfService.ExactlyOnce, false)], 2);
        await driver.RunUntilAsync(1);
        for (var number = 0; number < 200; number++)
        {
            var message = new ApplicationMessage
            {
                Topic = $"echo/{number % 20}", Payload = Encoding.ASCII.GetBytes($"{number}"), QualityOfService = QualityOfService.ExactlyOnce,
            };
            Assert.Equal(PublishOutcome.Accepted, _engine.Publish(EngineDriver.Now, (ulong)number, message));
        }

        var (acknowledged, heard) = (0, new List<string>());
        while (acknowledged < 200 || heard.Count < 200)
        {
            foreach (var what in await driver.RunUntilAsync(1))
            {
                acknowledged += what.Kind == MqttEventKind.PublishAcknowledged ? 1 : 0;
                if (what.Kind == MqttEventKind.MessageReceived)
                {
                    heard.Add(Text(what));
                    _engine.Acknowledge(EngineDriver.Now, what.Ticket);
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, 200).Select(number => $"{number}"), heard);
        _engine.Ping(EngineDriver.Now, 1);
        Assert.Equal((MqttEventKind.PingAnswered, 1ul), await NextAsync(driver));
    }

    private static string Text(MqttEvent what) => Encoding.UTF8.GetString(what.Message!.Message.Payload.Span);

    private static async Task<(MqttEventKind Kind, ulong Ticket)> NextAsync(EngineDriver driver)
    {
        var what = Assert.Single(await driver.RunUntilAsync(1));
        return (what.Kind, what.Ticket);
    }

    private Task<EngineDriver> ConnectAsync(params MqttEventKind[] before) => ConnectAsync(_engine, before);

    private async Task<EngineDriver> ConnectAsync(MqttClientEngine engine, params MqttEventKind[] before)
    {
        var driver = new EngineDriver(engine);
        await driver.ConnectAsync(_port, _pki.Load("gateway"), _pki.Authorities);
        var events = new List<MqttEvent>();
        while (events.Count == 0 || events[^1].Kind != MqttEventKind.ConnectionAccepted)
        {
            events.AddRange(await driver.RunUntilAsync(1));
        }

        Assert.Equal([.. before, MqttEventKind.ConnectionAccepted], events.Select(what => what.Kind));
        return driver;
    }

    private async Task PublishAsync(params string[] arguments) => Assert.Equal((0, ""), await MosquittoPrograms.RunAsync(
        "mosquitto_pub",
        ["-h", "localhost", "-p", $"{_port}", "--cafile", _pki["ca.pem"], "--cert", _pki["gateway.pem"], "--key", _pki["gateway.key"],
            "-V", "mqttv5", "-i", "publisher", .. arguments]));
}
