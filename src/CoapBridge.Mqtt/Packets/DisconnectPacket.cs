using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// DISCONNECT (MQTT 5 §3.14): a Reason Code (absent: 0x00), then properties (absent: none). A Server Reference is read
/// and forgotten: we do not follow it.
/// </summary>
internal readonly record struct DisconnectPacket(MqttReasonCode ReasonCode, string? ReasonString = null)
{
    public static bool TryParse(ReadOnlySpan<byte> body, out DisconnectPacket packet, out MqttFault fault)
    {
        var reader = new PacketReader(body);
        packet = default;
        if (reader.HasMore)
        {
            packet = packet with { ReasonCode = (MqttReasonCode)reader.ReadUInt8() };
        }

        if (reader.HasMore)
        {
            var properties = reader.OpenProperties(PropertyUse.Disconnect);
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

    public bool TryWrite(Span<byte> destination, out int length)
    {
        var writer = new PacketWriter(destination, PacketType.Disconnect);
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
