using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Interop.Tests.Harness;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace CoapBridge.Interop.Tests.RabbitMq;

/// <summary>The cloud at RabbitMQ: a durable queue of its own, commands, and answers to calls. It logs in as device-3 does with MQTT.</summary>
internal sealed class AmqpCloud : IAsyncDisposable
{
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly X509Certificate2 _certificate;
    private bool _hasReplies;

    private AmqpCloud(IConnection connection, IChannel channel, X509Certificate2 certificate)
    {
        _connection = connection;
        _channel = channel;
        _certificate = certificate;
    }

    public IReadOnlyCollection<Received> All => _received;

    /// <param name="pki">The certificates.</param>
    /// <param name="broker">Where.</param>
    /// <param name="queue">A durable queue for what devices send, consumed; empty: one that goes with the connection; null: none.</param>
    /// <param name="binding">Which messages.</param>
    public static async Task<AmqpCloud> StartAsync(TestPki pki, RabbitMqBroker broker, string? queue, string binding = "devices.#")
    {
        var stop = TestContext.Current.CancellationToken;
        using var pem = X509Certificate2.CreateFromPemFile(pki["device-3.pem"], pki["device-3.key"]);
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        using var ca = X509CertificateLoader.LoadCertificateFromFile(pki["ca.pem"]);
        var factory = new ConnectionFactory
        {
            HostName = "localhost",
            Port = broker.AmqpPort,
            AuthMechanisms = [new ExternalMechanismFactory()],
            AutomaticRecoveryEnabled = false,
            Ssl = new SslOption("localhost")
            {
                Enabled = true,
                Certs = [certificate],
                CertificateValidationCallback = (_, shown, _, _) => shown?.Issuer == ca.Subject, // the gateway's check is what is tested
            },
        };
        var connection = await factory.CreateConnectionAsync("cloud", stop);
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stop);
        var cloud = new AmqpCloud(connection, channel, certificate);
        if (queue is not null)
        {
            var declared = await channel.QueueDeclareAsync(queue, durable: queue.Length > 0, exclusive: queue.Length == 0, autoDelete: false, cancellationToken: stop);
            await channel.QueueBindAsync(declared.QueueName, "amq.topic", binding, cancellationToken: stop);
            await cloud.ConsumeAsync(declared.QueueName);
        }

        return cloud;
    }

    /// <summary>The message with this payload, once it is there.</summary>
    public async Task<Received> ReceiveAsync(string payload)
    {
        for (var attempt = 0; attempt < 300; attempt++)
        {
            if (_received.FirstOrDefault(one => one.Payload == payload) is { } received)
            {
                return received;
            }

            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        throw new InvalidOperationException($"no {payload} in 15 s, but: {string.Join(", ", _received.Select(one => one.Payload))}");
    }

    public int Count(string payload) => _received.Count(one => one.Payload == payload);

    /// <summary>A command for a device, or anything else, once there is a queue for it.</summary>
    public async Task SendAsync(string key, string payload, BasicProperties? properties = null, string exchange = "amq.topic")
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await _channel.BasicPublishAsync(
                    exchange, key, mandatory: true, properties ?? new BasicProperties(), Encoding.UTF8.GetBytes(payload), TestContext.Current.CancellationToken);
                return;
            }
            catch (PublishException returned) when (returned.IsReturn && attempt < 100)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>A command, and the reply to it by direct reply-to.</summary>
    public async Task AskAsync(string key, string payload, string correlationId)
    {
        if (!_hasReplies)
        {
            _hasReplies = true;
            await ConsumeAsync("amq.rabbitmq.reply-to");
        }

        await SendAsync(key, payload, new BasicProperties { ReplyTo = "amq.rabbitmq.reply-to", CorrelationId = correlationId });
    }

    /// <summary>Answers every call that comes to the queue.</summary>
    public async Task AnswerAsync(string binding, Func<string, string?> answer)
    {
        var queue = (await _channel.QueueDeclareAsync(cancellationToken: TestContext.Current.CancellationToken)).QueueName;
        await _channel.QueueBindAsync(queue, "amq.topic", binding, cancellationToken: TestContext.Current.CancellationToken);
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += async (_, call) =>
        {
            if (answer(Encoding.UTF8.GetString(call.Body.Span)) is { } text)
            {
                await SendAsync(
                    call.BasicProperties.ReplyTo!, text, new BasicProperties { CorrelationId = call.BasicProperties.CorrelationId, ContentType = "text/plain" }, exchange: "");
            }
        };
        await _channel.BasicConsumeAsync(queue, autoAck: true, consumer, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
        _certificate.Dispose();
    }

    private Task<string> ConsumeAsync(string queue)
    {
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            _received.Enqueue(new Received(
                message.RoutingKey, Encoding.UTF8.GetString(message.Body.Span), new BasicProperties(message.BasicProperties),
                message.BasicProperties.Headers?.Where(header => header.Value is byte[]).ToDictionary(header => header.Key, header => Encoding.UTF8.GetString((byte[])header.Value!)) ?? []));
            return Task.CompletedTask;
        };
        return _channel.BasicConsumeAsync(queue, autoAck: true, consumer, TestContext.Current.CancellationToken);
    }

    internal sealed record Received(string Key, string Payload, BasicProperties Properties, IReadOnlyDictionary<string, string> Headers);
}
