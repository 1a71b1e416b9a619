using System.Text.Unicode;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Mqtt.Session;

/// <summary>What may be published: checked before a byte is encoded, so that a field can never spill into the next.</summary>
internal static class PublishRules
{
    /// <summary>Checks a message against the standard and what the server's CONNACK allows; tells the size of its packet.</summary>
    public static PublishOutcome Check(ApplicationMessage message, ConnackPacket server, MqttClientOptions options, out int size)
    {
        size = 0;
        if (!TopicName.MaySend(message.Topic, options.ServerTopics)
            || (message.ResponseTopic is { } answer && !TopicName.MaySend(answer, options.ServerTopics)))
        {
            return PublishOutcome.TopicInvalid;
        }

        if (message.QualityOfService > server.MaximumQoS)
        {
            return PublishOutcome.QualityOfServiceNotSupported;
        }

        if (message.Retain && !server.RetainAvailable)
        {
            return PublishOutcome.RetainNotSupported;
        }

        if (!PropertiesMayBeSent(message))
        {
            return PublishOutcome.PropertyInvalid;
        }

        if (message.PayloadIsUtf8 && !Utf8.IsValid(message.Payload.Span))
        {
            return PublishOutcome.PayloadNotUtf8;
        }

        var measured = PublishPacket.Measure(message, options.Version);
        if (measured > Math.Min(server.MaximumPacketSize ?? uint.MaxValue, MqttLimits.OutstandingBytes))
        {
            return PublishOutcome.TooLarge;
        }

        size = (int)measured;
        return PublishOutcome.Accepted;
    }

    private static bool PropertiesMayBeSent(ApplicationMessage message)
    {
        if ((message.ContentType is { } contentType && !MqttText.MaySend(contentType))
            || message.CorrelationData is { Length: > MqttText.MaximumLength })
        {
            return false;
        }

        for (var index = 0; index < message.UserProperties.Count; index++)
        {
            var (name, value) = message.UserProperties[index];
            if (!MqttText.MaySend(name) || !MqttText.MaySend(value))
            {
                return false;
            }
        }

        return true;
    }
}
