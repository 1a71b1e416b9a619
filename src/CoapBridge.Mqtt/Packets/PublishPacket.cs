using System.Text;
using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// PUBLISH (MQTT 5 §3.3): a view over the received packet. Flags: bit 3 DUP, bits 2 and 1 QoS, bit 0 RETAIN.
/// </summary>
internal readonly ref struct PublishPacket
{
    /// <summary>How much longer a Topic Alias may make a packet: the property, and the lengths that count it.</summary>
    public const int AliasSize = 5;

    private readonly ReadOnlySpan<byte> _properties;

    private PublishPacket(
        byte flags, ReadOnlySpan<byte> topic, ushort identifier, ReadOnlySpan<byte> properties, ushort alias, ReadOnlySpan<byte> payload)
    {
        TopicAlias = alias;
        Duplicate = (flags & 0b1000) != 0;
        QualityOfService = (QualityOfService)((flags >> 1) & 3);
        Retain = (flags & 1) != 0;
        Topic = topic;
        PacketIdentifier = identifier;
        _properties = properties;
        Payload = payload;
    }

    public bool Duplicate { get; }

    public QualityOfService QualityOfService { get; }

    public bool Retain { get; }

    /// <summary>Empty only with a <see cref="TopicAlias"/> that stands for it.</summary>
    public ReadOnlySpan<byte> Topic { get; }

    /// <summary>0: none (MQTT 5 §3.3.2.3.4).</summary>
    public ushort TopicAlias { get; }

    /// <summary>0 with QoS 0.</summary>
    public ushort PacketIdentifier { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Reads and checks everything; a Topic Alias above the maximum that we announced is refused with 0x94.</summary>
    public static bool TryParse(byte flags, ReadOnlySpan<byte> body, out PublishPacket packet, out MqttFault fault, ushort topicAliasMaximum = 0,
        MqttVersion version = MqttVersion.Mqtt5)
    {
        var quality = (flags >> 1) & 3;
        var reader = new PacketReader(body, version);
        if (quality == 3)
        {
            reader.Refuse(MqttFault.Malformed("[MQTT-3.3.1-4] QoS 3"));
        }
        else if (quality == 0 && (flags & 0b1000) != 0)
        {
            reader.Refuse(MqttFault.ProtocolError("[MQTT-3.3.1-2] DUP with QoS 0"));
        }

        var topic = reader.ReadText();
        var identifier = quality > 0 ? reader.ReadPacketIdentifier() : (ushort)0;
        var block = reader.ReadProperties();
        var alias = CheckProperties(ref reader, block, topicAliasMaximum);
        if (topic.IsEmpty && alias == 0)
        {
            reader.Refuse(MqttFault.ProtocolError("[MQTT-4.7.3-1] empty topic name"));
        }
        else if (TopicName.HasWildcard(topic))
        {
            reader.Refuse(new MqttFault(MqttReasonCode.TopicNameInvalid, "[MQTT-3.3.2-2] wildcard in a topic name"));
        }

        var payload = reader.ReadRest();
        packet = new PublishPacket(flags, topic, identifier, block, alias, payload);
        return reader.TryFinish(out fault);
    }

    /// <summary>Copies everything into a message of its own; an empty topic has been found by its alias.</summary>
    public ApplicationMessage ToMessage(string? topic = null)
    {
        var message = new MessageProperties();
        var properties = new PropertyReader(_properties, PropertyUse.Publish);
        while (properties.TryRead(out var property))
        {
            message.Take(property);
        }

        return message.ToMessage(topic ?? Encoding.UTF8.GetString(Topic), Payload, QualityOfService, Retain);
    }

    /// <summary>Which subscriptions the server sends it for, if they had identifiers (MQTT 5 §3.3.2.3.8).</summary>
    public IReadOnlyList<int> ReadSubscriptionIdentifiers()
    {
        List<int>? identifiers = null;
        var properties = new PropertyReader(_properties, PropertyUse.Publish);
        while (properties.TryRead(out var property))
        {
            if (property.Identifier == PropertyIdentifier.SubscriptionIdentifier)
            {
                (identifiers ??= []).Add((int)property.Number);
            }
        }

        return identifiers ?? (IReadOnlyList<int>)[];
    }

    /// <summary>The size of the whole packet, in bytes; may be more than a packet can hold.</summary>
    public static long Measure(ApplicationMessage message, MqttVersion version = MqttVersion.Mqtt5)
    {
        var properties = version == MqttVersion.Mqtt5 ? MessageProperties.Measure(message) : 0;
        var body = 2L + Encoding.UTF8.GetByteCount(message.Topic) + (message.QualityOfService > 0 ? 2 : 0)
            + (version == MqttVersion.Mqtt5 ? VariableByteInteger.SizeOf(properties) : 0) + properties + message.Payload.Length;
        return 1 + VariableByteInteger.SizeOf((int)Math.Min(body, VariableByteInteger.Maximum)) + body;
    }

    /// <summary>Writes a message.</summary>
    /// <param name="destination">As long as <see cref="Measure"/> says, and <see cref="PacketWriter.Slack"/>.</param>
    /// <param name="message">What is sent.</param>
    /// <param name="identifier">Counts for QoS 1 and 2 only.</param>
    /// <param name="duplicate">DUP.</param>
    /// <param name="length">The packet's.</param>
    /// <param name="alias">Takes <see cref="AliasSize"/> bytes more, when there is one.</param>
    /// <param name="subscriptionIdentifier">What a broker adds: which subscription the copy is for.</param>
    /// <param name="version">Without properties there is neither alias nor subscription identifier.</param>
    public static bool TryWrite(
        Span<byte> destination, ApplicationMessage message, ushort identifier, bool duplicate, out int length,
        Session.TopicAlias alias = default, int? subscriptionIdentifier = null, MqttVersion version = MqttVersion.Mqtt5)
    {
        var quality = (int)message.QualityOfService;
        var writer = new PacketWriter(destination, PacketType.Publish, (duplicate ? 0b1000 : 0) | (quality << 1) | (message.Retain ? 1 : 0), version);
        writer.WriteText(alias.StandsForTopic ? "" : message.Topic);
        if (quality > 0)
        {
            writer.WriteUInt16(identifier);
        }

        var start = writer.OpenProperties();
        if (alias.Number != 0)
        {
            writer.WriteProperty(PropertyIdentifier.TopicAlias, alias.Number);
        }

        if (subscriptionIdentifier is { } own)
        {
            writer.WriteUInt8((byte)PropertyIdentifier.SubscriptionIdentifier);
            writer.WriteVariableByteInteger(own);
        }

        MessageProperties.Write(ref writer, message);
        writer.CloseProperties(start);
        writer.WriteBytes(message.Payload.Span);
        return writer.TryFinish(out length);
    }

    private static ushort CheckProperties(ref PacketReader reader, ReadOnlySpan<byte> block, ushort topicAliasMaximum)
    {
        ushort alias = 0;
        var properties = new PropertyReader(block, PropertyUse.Publish);
        while (properties.TryRead(out var property))
        {
            if (property.Identifier == PropertyIdentifier.TopicAlias)
            {
                alias = (ushort)property.Number;
                if (alias == 0 || alias > topicAliasMaximum)
                {
                    reader.Refuse(new MqttFault(MqttReasonCode.TopicAliasInvalid, "[MQTT-3.3.2-8] topic alias of 0, or above our maximum"));
                }
            }
            else if (property.Identifier == PropertyIdentifier.ResponseTopic && TopicName.HasWildcard(property.Bytes))
            {
                reader.Refuse(MqttFault.ProtocolError("[MQTT-3.3.2-14] wildcard in the response topic"));
            }
        }

        reader.Close(properties);
        return alias;
    }
}
