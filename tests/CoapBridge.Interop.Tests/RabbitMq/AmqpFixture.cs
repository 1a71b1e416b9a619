using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.RabbitMq;

/// <summary>One RabbitMQ for the tests that do not stop it.</summary>
public sealed class AmqpFixture : IAsyncDisposable
{
    private Task? _starting;

    internal TestPki Pki { get; } = new();

    internal RabbitMqBroker Broker { get; private set; } = null!;

    public Task StartAsync() => _starting ??= StartOnceAsync();

    /// <summary>A gateway of its own name and state, ready.</summary>
    internal async Task<WorkerProcess> StartWorkerAsync(params string[] settings)
    {
        var worker = await StartWorkerAsync(Pki, Broker, settings);
        await worker.WaitForLogAsync("upstream_ready");
        return worker;
    }

    internal static Task<WorkerProcess> StartWorkerAsync(TestPki pki, RabbitMqBroker broker, params string[] settings)
    {
        var name = $"gateway-{Guid.NewGuid():N}";
        return WorkerProcess.StartWithAsync(pki, Configuration(broker, name), settings);
    }

    internal static string Configuration(RabbitMqBroker broker, string clientId) => $$"""
        {
          "Identity": { "Certificate": "gateway.pem", "PrivateKey": "gateway.key", "CloudCa": "ca.pem" },
          "Listen": { "Endpoints": ["127.0.0.1:0"] },
          "Upstream": { "Amqp": { "Host": "localhost", "Port": {{broker.AmqpPort}}, "ClientId": "{{clientId}}" } },
          "Outbox": { "File": "{{clientId}}.db" }, "State": { "MaxAge": "00:00:00" },
          "Admin": { "Listen": "127.0.0.1:0" }
        }
        """;

    public async ValueTask DisposeAsync()
    {
        if (Broker is not null)
        {
            await Broker.DisposeAsync();
        }

        Pki.Dispose();
    }

    private async Task StartOnceAsync() => Broker = await RabbitMqBroker.StartAsync(Pki, "gateway-1", "device-3");
}
