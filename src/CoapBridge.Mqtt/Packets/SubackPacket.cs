using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>SUBACK and UNSUBACK (MQTT 5 §3.9, §3.11), which have one format: a Reason Code for each Topic Filter, in order.</summary>
internal sealed record SubackPacket(ushort PacketIdentifier, IReadOnlyList<MqttReasonCode> ReasonCodes)
{
    public static bool TryParse(ReadOnlySpan<byte> body, out SubackPacket packet, out MqttFault fault, MqttVersion version = MqttVersion.Mqtt5)
    {
        var reader = new PacketReader(body, version);
        var identifier = reader.ReadPacketIdentifier();
        var properties = reader.OpenProperties(PropertyUse.Suback);
        while (properties.TryRead(out _))
        {
        }

        reader.Close(properties);
        var codes = reader.ReadRest();
        if (codes.IsEmpty)
        {
            reader.Refuse(MqttFault.ProtocolError("acknowledgement without reason codes"));
        }

        packet = new SubackPacket(identifier, [.. codes.ToArray().Select(code => (MqttReasonCode)code)]);
        return reader.TryFinish(out fault);
    }

    public bool TryWrite(Span<byte> destination, PacketType type, out int length)
    {
        var writer = new PacketWriter(destination, type);
        writer.WriteUInt16(PacketIdentifier);
        writer.CloseProperties(writer.OpenProperties());
        foreach (var code in ReasonCodes)
        {
            writer.WriteUInt8((byte)code);
        }

        return writer.TryFinish(out length);
    }
}
