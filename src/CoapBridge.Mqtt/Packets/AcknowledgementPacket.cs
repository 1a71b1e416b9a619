using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// PUBACK, PUBREC, PUBREL and PUBCOMP (MQTT 5 §3.4 to §3.7), which have one format: Packet Identifier, then a Reason Code
/// (absent: 0x00), then properties (absent: none).
/// </summary>
internal readonly record struct AcknowledgementPacket(ushort PacketIdentifier, MqttReasonCode ReasonCode, string? ReasonString = null)
{
    public static bool TryParse(ReadOnlySpan<byte> body, out AcknowledgementPacket packet, out MqttFault fault, MqttVersion version = MqttVersion.Mqtt5)
    {
        var reader = new PacketReader(body);
        var identifier = reader.ReadPacketIdentifier();
        var (code, text) = version == MqttVersion.Mqtt5 ? ReasonTail.Read(ref reader, PropertyUse.Acknowledgement) : default;
        packet = new AcknowledgementPacket(identifier, code, text);
        return reader.TryFinish(out fault);
    }

    public bool TryWrite(Span<byte> destination, PacketType type, out int length)
    {
        var writer = new PacketWriter(destination, type);
        writer.WriteUInt16(PacketIdentifier);
        ReasonTail.Write(ref writer, ReasonCode, ReasonString);
        return writer.TryFinish(out length);
    }
}
