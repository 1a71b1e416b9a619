using System.Globalization;
using System.Text;
using CoapBridge.Mqtt;
using RabbitMQ.Client;

namespace CoapBridge.Upstream.Amqp;

/// <summary>Messages as AMQP carries them: the topic is the routing key, what MQTT calls properties are properties and headers.</summary>
internal static class AmqpMessage
{
    /// <summary>RabbitMQ's direct reply-to: answers come to the connection that asked, without a queue.</summary>
    public const string DirectReplyTo = "amq.rabbitmq.reply-to";

    /// <summary>
    /// Where a command says that its reply goes: a queue. No topic of a device's can begin with '$', so none can name a queue.
    /// </summary>
    private const string ReplyQueue = "$reply-to/";

    private const string MessageId = "message_id";
    private const int MaximumHeaders = 32;

    /// <summary>The exchange, null for the configured one, and the routing key; null when the topic has none.</summary>
    public static (string? Exchange, string Key)? AddressOf(string topic) =>
        topic.StartsWith(ReplyQueue, StringComparison.Ordinal) ? ("", topic[ReplyQueue.Length..])
        : RoutingKey.OfTopic(topic) is { } key ? (null, key)
        : null;

    public static BasicProperties PropertiesOf(ApplicationMessage message)
    {
        var properties = new BasicProperties
        {
            DeliveryMode = message.QualityOfService == QualityOfService.AtMostOnce ? DeliveryModes.Transient : DeliveryModes.Persistent,
            Headers = new Dictionary<string, object?>(message.UserProperties.Count),
        };
        foreach (var (name, value) in message.UserProperties)
        {
            properties.Headers[name] = value;
            if (name == MessageId)
            {
                properties.MessageId = value;
            }
        }

        if (message.ContentType is { } type)
        {
            properties.ContentType = type;
        }

        if (message.MessageExpiryInterval is { } seconds)
        {
            properties.Expiration = Math.Min(seconds * 1000L, uint.MaxValue).ToString(CultureInfo.InvariantCulture);
        }

        if (message.ResponseTopic is not null)
        {
            // A call of the gateway's: what it must recognise the answer by is bytes, and AMQP has a text.
            properties.ReplyTo = DirectReplyTo;
            properties.CorrelationId = Convert.ToHexStringLower(Bytes(message.CorrelationData));
        }
        else if (message.CorrelationData is { } data)
        {
            properties.CorrelationId = Encoding.UTF8.GetString(data.Span); // as the command brought it
        }

        return properties;
    }

    /// <summary>A command from the gateway's queue; null when its routing key is that of no topic.</summary>
    public static ApplicationMessage? OfCommand(string key, IReadOnlyBasicProperties properties, ReadOnlySpan<byte> body) =>
        RoutingKey.ToTopic(key) is not { } topic ? null : Of(topic, properties, body) with
        {
            ResponseTopic = string.IsNullOrEmpty(properties.ReplyTo) ? null : ReplyQueue + properties.ReplyTo,
            CorrelationData = properties.CorrelationId is { } text ? Encoding.UTF8.GetBytes(text) : (ReadOnlyMemory<byte>?)null,
        };

    /// <summary>An answer to a call; its topic is not known here.</summary>
    public static ApplicationMessage OfReply(IReadOnlyBasicProperties properties, ReadOnlySpan<byte> body) => Of("", properties, body) with
    {
        CorrelationData = properties.CorrelationId is { Length: <= 255 } text && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text) : (ReadOnlyMemory<byte>?)null,
    };

    private static ApplicationMessage Of(string topic, IReadOnlyBasicProperties properties, ReadOnlySpan<byte> body) => new()
    {
        Topic = topic,
        Payload = body.ToArray(),
        QualityOfService = QualityOfService.AtLeastOnce,
        ContentType = string.IsNullOrEmpty(properties.ContentType) ? null : properties.ContentType,
        MessageExpiryInterval = long.TryParse(properties.Expiration, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? (uint)Math.Min(uint.MaxValue, (milliseconds + 999) / 1000) : null,
        UserProperties = properties.Headers is not { } headers ? [] :
            [.. headers.Where(header => header.Value is byte[]).Take(MaximumHeaders).Select(header => new UserProperty(header.Key, Encoding.UTF8.GetString((byte[])header.Value!)))],
    };

    private static ReadOnlySpan<byte> Bytes(ReadOnlyMemory<byte>? data) => data is { } present ? present.Span : default;
}
