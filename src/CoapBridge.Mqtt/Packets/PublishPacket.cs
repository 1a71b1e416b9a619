using System.Text;
using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// PUBLISH (MQTT 5 §3.3): a view over the received packet. Flags: bit 3 DUP, bits 2 and 1 QoS, bit 0 RETAIN.
/// </summary>
internal readonly ref struct PublishPacket
{
    private readonly ReadOnlySpan<byte> _properties;

    private PublishPacket(byte flags, ReadOnlySpan<byte> topic, ushort identifier, ReadOnlySpan<byte> properties, ReadOnlySpan<byte> payload)
    {
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

    public ReadOnlySpan<byte> Topic { get; }

    /// <summary>0 with QoS 0.</summary>
    public ushort PacketIdentifier { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>
    /// Reads and checks everything. We never announce a Topic Alias Maximum, as client or as development broker, so an
    /// alias is refused with 0x94 (MQTT 5 §3.3.2.3.4).
    /// </summary>
    public static bool TryParse(byte flags, ReadOnlySpan<byte> body, out PublishPacket packet, out MqttFault fault)
    {
        var quality = (flags >> 1) & 3;
        var reader = new PacketReader(body);
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
        var block = reader.ReadBytes(reader.ReadVariableByteInteger());
        CheckProperties(ref reader, block);
        if (topic.IsEmpty)
        {
            reader.Refuse(MqttFault.ProtocolError("[MQTT-4.7.3-1] empty topic name"));
        }
        else if (TopicName.HasWildcard(topic))
        {
            reader.Refuse(new MqttFault(MqttReasonCode.TopicNameInvalid, "[MQTT-3.3.2-2] wildcard in a topic name"));
        }

        var payload = reader.ReadRest();
        packet = new PublishPacket(flags, topic, identifier, block, payload);
        return reader.TryFinish(out fault);
    }

    /// <summary>Copies everything into a message of its own.</summary>
    public ApplicationMessage ToMessage()
    {
        var message = new MessageProperties();
        var properties = new PropertyReader(_properties, PropertyUse.Publish);
        while (properties.TryRead(out var property))
        {
            message.Take(property);
        }

        return message.ToMessage(Topic, Payload, QualityOfService, Retain);
    }

    /// <summary>The size of the whole packet, in bytes; may be more than a packet can hold.</summary>
    public static long Measure(ApplicationMessage message)
    {
        var properties = MessageProperties.Measure(message);
        var body = 2L + Encoding.UTF8.GetByteCount(message.Topic) + (message.QualityOfService > 0 ? 2 : 0)
            + VariableByteInteger.SizeOf(properties) + properties + message.Payload.Length;
        return 1 + VariableByteInteger.SizeOf((int)Math.Min(body, VariableByteInteger.Maximum)) + body;
    }

    /// <summary>Writes a message; <paramref name="identifier"/> counts for QoS 1 and 2 only.</summary>
    public static bool TryWrite(Span<byte> destination, ApplicationMessage message, ushort identifier, bool duplicate, out int length)
    {
        var quality = (int)message.QualityOfService;
        var writer = new PacketWriter(destination, PacketType.Publish, (duplicate ? 0b1000 : 0) | (quality << 1) | (message.Retain ? 1 : 0));
        writer.WriteText(message.Topic);
        if (quality > 0)
        {
            writer.WriteUInt16(identifier);
        }

        var start = writer.OpenProperties();
        MessageProperties.Write(ref writer, message);
        writer.CloseProperties(start);
        writer.WriteBytes(message.Payload.Span);
        return writer.TryFinish(out length);
    }

    private static void CheckProperties(ref PacketReader reader, ReadOnlySpan<byte> block)
    {
        var properties = new PropertyReader(block, PropertyUse.Publish);
        while (properties.TryRead(out var property))
        {
            if (property.Identifier == PropertyIdentifier.TopicAlias)
            {
                reader.Refuse(new MqttFault(MqttReasonCode.TopicAliasInvalid, "[MQTT-3.3.2-8] topic alias above our maximum of 0"));
            }
            else if (property.Identifier == PropertyIdentifier.ResponseTopic && TopicName.HasWildcard(property.Bytes))
            {
                reader.Refuse(MqttFault.ProtocolError("[MQTT-3.3.2-14] wildcard in the response topic"));
            }
        }

        reader.Close(properties);
    }
}
