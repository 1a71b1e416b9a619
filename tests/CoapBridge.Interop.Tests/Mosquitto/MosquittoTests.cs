using System.Diagnostics;
using System.Net;
using CoapBridge.Mqtt;
using CoapBridge.Tools.Broker;

namespace CoapBridge.Interop.Tests.Mosquitto;

/// <summary>Our client against Mosquitto, and Mosquitto's clients against our development broker; mutual TLS throughout.</summary>
public class MosquittoTests
{
    [Fact]
    public async Task The_engine_publishes_to_mosquitto_over_mutual_tls()
    {
        using var pki = new TemporaryPki();
        var port = MosquittoPrograms.FreePort();
        await File.WriteAllTextAsync(
            pki["mosquitto.conf"],
            $"""
            listener {port} 127.0.0.1
            cafile {pki["ca.pem"]}
            certfile {pki["broker.pem"]}
            keyfile {pki["broker.key"]}
            require_certificate true
            allow_anonymous true
            max_inflight_messages 5
            user {Environment.UserName}
            """,
            TestContext.Current.CancellationToken);
        using var mosquitto = MosquittoPrograms.Start("mosquitto", "-c", pki["mosquitto.conf"]);
        try
        {
            await MosquittoPrograms.WaitForAsync(port);
            await using var driver = new EngineDriver();
            await driver.ConnectAsync(port, pki.Load("gateway"), pki.Authorities);
            Assert.Equal(MqttEventKind.ConnectionAccepted, (await driver.RunUntilAsync(1))[0].Kind);
            driver.Engine.Publish(EngineDriver.Now, 0, Telemetry("kept") with { Retain = true });
            Assert.Equal(MqttReasonCode.NoMatchingSubscribers, (await driver.RunUntilAsync(1))[0].Reason);
            using var listener = Subscriber(pki, port, "devices/#", 102);
            Assert.Equal("devices/device-1/t kept", await FirstLineAsync(listener));

            for (var ticket = 0ul; ticket < 100; ticket++)
            {
                Assert.Equal(PublishOutcome.Accepted, driver.Engine.Publish(EngineDriver.Now, ticket, Telemetry($"value {ticket}")));
            }

            Assert.Equal(PublishOutcome.Accepted, driver.Engine.Publish(
                EngineDriver.Now, 100, Telemetry("last") with { QualityOfService = QualityOfService.AtMostOnce }));
            var events = await driver.RunUntilAsync(101);
            Assert.Equal(100, events.Count(what => what is { Kind: MqttEventKind.PublishAcknowledged, Reason: MqttReasonCode.Success }));
            Assert.Single(events, what => what is { Kind: MqttEventKind.PublishHandedOver, Ticket: 100 });

            var lines = await LinesAsync(listener);
            Assert.Equal(101, lines.Length);
            Assert.Equal(
                Enumerable.Range(0, 100).Select(index => $"devices/device-1/t value {index}"), lines.Where(line => !line.EndsWith("last", StringComparison.Ordinal)));

            driver.Engine.Disconnect(EngineDriver.Now, MqttReasonCode.Success);
            await driver.FlushAsync();
        }
        finally
        {
            mosquitto.Kill();
            await mosquitto.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task Mosquittos_clients_talk_to_the_development_broker()
    {
        MosquittoPrograms.Find("mosquitto_pub");
        using var pki = new TemporaryPki();
        await using var broker = new DevelopmentBroker(new IPEndPoint(IPAddress.Loopback, 0), [pki.Load("broker")], pki.Authorities);
        var seen = new List<string>();
        broker.MessageSeen += (client, message) => seen.Add($"{client} {message.Topic}");
        await broker.StartAsync();

        string[] common = [.. Tls(pki, broker.Port), "-V", "mqttv5"];
        Assert.Equal((0, ""), await MosquittoPrograms.RunAsync("mosquitto_pub", [.. common, "-i", "p", "-t", "devices/a/kept", "-m", "old", "-q", "1", "-r"]));
        using var listener = Subscriber(pki, broker.Port, "devices/+/#", 3);
        Assert.Equal("devices/a/kept old", await FirstLineAsync(listener));
        Assert.Equal((0, ""), await MosquittoPrograms.RunAsync(
            "mosquitto_pub", [.. common, "-i", "p", "-t", "devices/b/t", "-m", "one", "-q", "1", "-D", "publish", "user-property", "k", "v"]));
        Assert.Equal((0, ""), await MosquittoPrograms.RunAsync("mosquitto_pub", [.. common, "-i", "p", "-t", "other/c", "-m", "not for us", "-q", "0"]));
        Assert.Equal((0, ""), await MosquittoPrograms.RunAsync("mosquitto_pub", [.. common, "-i", "p", "-t", "devices/c", "-m", "two", "-q", "0"]));

        Assert.Equal(["devices/b/t one", "devices/c two"], await LinesAsync(listener));
        Assert.Equal(["p devices/a/kept", "p devices/b/t", "p other/c", "p devices/c"], seen);

        var (code, _) = await MosquittoPrograms.RunAsync(
            "mosquitto_pub", "-h", "localhost", "-p", $"{broker.Port}", "--cafile", pki["ca.pem"], "-V", "mqttv5", "-t", "x", "-m", "no certificate");
        Assert.NotEqual(0, code);
    }

    [Fact]
    public async Task The_engine_publishes_to_the_development_broker()
    {
        using var pki = new TemporaryPki();
        await using var broker = new DevelopmentBroker(new IPEndPoint(IPAddress.Loopback, 0), [pki.Load("broker")], pki.Authorities);
        await broker.StartAsync();
        await using var driver = new EngineDriver();
        await driver.ConnectAsync(broker.Port, pki.Load("gateway"), pki.Authorities);
        Assert.Equal(MqttEventKind.ConnectionAccepted, (await driver.RunUntilAsync(1))[0].Kind);
        driver.Engine.Publish(EngineDriver.Now, 7, Telemetry("x"));
        Assert.Equal(
            new MqttEvent(MqttEventKind.PublishAcknowledged, 7, MqttReasonCode.NoMatchingSubscribers), (await driver.RunUntilAsync(1))[0]);
    }

    private static ApplicationMessage Telemetry(string payload) => new()
    {
        Topic = "devices/device-1/t",
        Payload = System.Text.Encoding.UTF8.GetBytes(payload),
        QualityOfService = QualityOfService.AtLeastOnce,
        ContentType = "text/plain",
        PayloadIsUtf8 = true,
        MessageExpiryInterval = 60,
        UserProperties = [new("device", "device-1"), new("path", "/t")],
    };

    private static string[] Tls(TemporaryPki pki, int port) =>
        ["-h", "localhost", "-p", $"{port}", "--cafile", pki["ca.pem"], "--cert", pki["gateway.pem"], "--key", pki["gateway.key"]];

    /// <summary>Prints a line for each message; it must get a retained one first, by which we see that it is subscribed.</summary>
    private static Process Subscriber(TemporaryPki pki, int port, string filter, int messages) => MosquittoPrograms.Start(
        "mosquitto_sub",
        [.. Tls(pki, port), "-V", "mqttv5", "-i", "listener", "-t", filter, "-q", "1", "-C", $"{messages}", "-W", "30", "-F", "%t %p"]);

    private static async Task<string?> FirstLineAsync(Process listener) =>
        await listener.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

    private static async Task<string[]> LinesAsync(Process listener)
    {
        var output = await listener.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
