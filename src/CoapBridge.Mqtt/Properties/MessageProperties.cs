using System.Text;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Mqtt.Properties;

/// <summary>The properties that travel with an Application Message, in a PUBLISH or a will (MQTT 5 §3.3.2.3, §3.1.3.2).</summary>
internal struct MessageProperties
{
    private bool _payloadIsUtf8;
    private uint? _messageExpiryInterval;
    private string? _contentType, _responseTopic;
    private byte[]? _correlationData;
    private List<UserProperty>? _userProperties;

    /// <summary>Copies a property if it belongs to the message.</summary>
    public void Take(in Property property)
    {
        switch (property.Identifier)
        {
            case PropertyIdentifier.PayloadFormatIndicator:
                _payloadIsUtf8 = property.Number == 1;
                break;
            case PropertyIdentifier.MessageExpiryInterval:
                _messageExpiryInterval = property.Number;
                break;
            case PropertyIdentifier.ContentType:
                _contentType = property.Text;
                break;
            case PropertyIdentifier.ResponseTopic:
                _responseTopic = property.Text;
                break;
            case PropertyIdentifier.CorrelationData:
                _correlationData = property.Bytes.ToArray();
                break;
            case PropertyIdentifier.UserProperty when _userProperties is not { Count: >= MqttLimits.InboundUserProperties }:
                (_userProperties ??= []).Add(property.UserProperty);
                break;
        }
    }

    /// <summary>The message with a copy of its payload.</summary>
    public readonly ApplicationMessage ToMessage(
        string topic, ReadOnlySpan<byte> payload, QualityOfService quality, bool retain) => new()
        {
            Topic = topic,
            Payload = payload.ToArray(),
            QualityOfService = quality,
            Retain = retain,
            PayloadIsUtf8 = _payloadIsUtf8,
            MessageExpiryInterval = _messageExpiryInterval,
            ContentType = _contentType,
            ResponseTopic = _responseTopic,
            CorrelationData = _correlationData is { } data ? data : (ReadOnlyMemory<byte>?)null,
            UserProperties = _userProperties ?? (IReadOnlyList<UserProperty>)[],
        };

    /// <summary>The size of what <see cref="Write"/> writes, in bytes.</summary>
    public static int Measure(ApplicationMessage message)
    {
        var size = (message.PayloadIsUtf8 ? 2 : 0) + (message.MessageExpiryInterval is null ? 0 : 5)
            + TextSize(message.ContentType) + TextSize(message.ResponseTopic)
            + (message.CorrelationData is { } data ? 3 + data.Length : 0);
        for (var index = 0; index < message.UserProperties.Count; index++)
        {
            var (name, value) = message.UserProperties[index];
            size += 5 + Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value);
        }

        return size;
    }

    public static void Write(ref PacketWriter writer, ApplicationMessage message)
    {
        if (!writer.HasProperties)
        {
            return;
        }

        if (message.PayloadIsUtf8)
        {
            writer.WriteProperty(PropertyIdentifier.PayloadFormatIndicator, (byte)1);
        }

        if (message.MessageExpiryInterval is { } expiry)
        {
            writer.WriteProperty(PropertyIdentifier.MessageExpiryInterval, expiry);
        }

        if (message.ContentType is { } contentType)
        {
            writer.WriteProperty(PropertyIdentifier.ContentType, contentType);
        }

        if (message.ResponseTopic is { } responseTopic)
        {
            writer.WriteProperty(PropertyIdentifier.ResponseTopic, responseTopic);
        }

        if (message.CorrelationData is { } correlationData)
        {
            writer.WriteProperty(PropertyIdentifier.CorrelationData, correlationData.Span);
        }

        writer.WriteProperties(message.UserProperties);
    }

    private static int TextSize(string? text) => text is null ? 0 : 3 + Encoding.UTF8.GetByteCount(text);
}
