using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Interop.Tests.Mosquitto;
using CoapBridge.Mqtt;

namespace CoapBridge.Interop.Tests.Harness;

/// <summary>
/// The cloud's end of calls: takes messages with a Response Topic and answers each. It runs on our own engine, since
/// mosquitto_pub cannot repeat Correlation Data that holds a zero byte.
/// </summary>
internal sealed class CloudResponder : IAsyncDisposable
{
    private readonly EngineDriver _driver;
    private readonly Func<string, string?> _answer;
    private Task _running = Task.CompletedTask;

    private CloudResponder(EngineDriver driver, Func<string, string?> answer)
    {
        _driver = driver;
        _answer = answer;
    }

    /// <param name="pki">The certificates.</param>
    /// <param name="broker">Where calls come from.</param>
    /// <param name="filter">Which calls.</param>
    /// <param name="answer">The answer to a payload; null: silence.</param>
    public static async Task<CloudResponder> StartAsync(TestPki pki, MosquittoBroker broker, string filter, Func<string, string?> answer)
    {
        var driver = new EngineDriver(new MqttClientEngine(new MqttClientOptions($"responder-{Guid.NewGuid():n}", TimeSpan.FromSeconds(60))));
        var certificate = X509Certificate2.CreateFromPemFile(pki["device-3.pem"], pki["device-3.key"]);
        await driver.ConnectAsync(broker.Port, certificate, [X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(pki["ca.pem"]))]);
        Assert.Equal(MqttEventKind.ConnectionAccepted, (await driver.RunUntilAsync(1))[0].Kind);
        driver.Engine.Subscribe(EngineDriver.Now, 0, [new SubscriptionRequest(filter, QualityOfService.AtLeastOnce, WantsRetained: false)]);
        Assert.Equal(MqttEventKind.SubscribeAcknowledged, (await driver.RunUntilAsync(1))[0].Kind);
        var responder = new CloudResponder(driver, answer);
        responder._running = Task.Run(responder.RunAsync);
        return responder;
    }

    public async ValueTask DisposeAsync()
    {
        await _driver.DisposeAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it reads from what was just closed
    }

    private async Task RunAsync()
    {
        while (true)
        {
            foreach (var what in await _driver.RunUntilAsync(1))
            {
                if (what is { Kind: MqttEventKind.MessageReceived, Message.Message: { ResponseTopic: { } topic } call })
                {
                    _driver.Engine.Acknowledge(EngineDriver.Now, what.Ticket);
                    Respond(call, topic);
                }
            }

            await _driver.FlushAsync();
        }
    }

    private void Respond(ApplicationMessage call, string topic)
    {
        if (_answer(Encoding.UTF8.GetString(call.Payload.Span)) is { } answer)
        {
            _driver.Engine.Publish(EngineDriver.Now, 0, new ApplicationMessage
            {
                Topic = topic, Payload = Encoding.UTF8.GetBytes(answer), CorrelationData = call.CorrelationData,
                QualityOfService = QualityOfService.AtLeastOnce,
            });
        }
    }
}
