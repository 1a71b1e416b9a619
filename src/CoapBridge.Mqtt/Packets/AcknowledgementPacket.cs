using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// PUBACK, PUBREC, PUBREL and PUBCOMP (MQTT 5 §3.4 to §3.7), which have one format: Packet Identifier, then a Reason Code
/// (absent: 0x00), then properties (absent: none).
/// </summary>
internal readonly record struct AcknowledgementPacket(ushort PacketIdentifier, MqttReasonCode ReasonCode, string? ReasonString = null)
{
    public static bool TryParse(ReadOnlySpan<byte> body, out AcknowledgementPacket packet, out MqttFault fault)
    {
        var reader = new PacketReader(body);
        packet = new AcknowledgementPacket(reader.ReadPacketIdentifier(), MqttReasonCode.Success);
        if (reader.HasMore)
        {
            packet = packet with { ReasonCode = (MqttReasonCode)reader.ReadUInt8() };
        }

        if (reader.HasMore)
        {
            var properties = reader.OpenProperties(PropertyUse.Acknowledgement);
            while (properties.TryRead(out var property))
            {
                if (property.Identifier == PropertyIdentifier.ReasonString)
                {
                    packet = packet with { ReasonString = property.Text };
                }
            }

            reader.Close(properties);
        }

        return reader.TryFinish(out fault);
    }

    public bool TryWrite(Span<byte> destination, PacketType type, out int length)
    {
        var writer = new PacketWriter(destination, type);
        writer.WriteUInt16(PacketIdentifier);
        if (ReasonCode != MqttReasonCode.Success || ReasonString is not null)
        {
            writer.WriteUInt8((byte)ReasonCode);
        }

        if (ReasonString is not null)
        {
            var start = writer.OpenProperties();
            writer.WriteProperty(PropertyIdentifier.ReasonString, ReasonString);
            writer.CloseProperties(start);
        }

        return writer.TryFinish(out length);
    }
}
