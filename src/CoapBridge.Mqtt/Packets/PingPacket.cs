namespace CoapBridge.Mqtt.Packets;

/// <summary>PINGREQ and PINGRESP (MQTT 5 §3.12, §3.13): nothing but a fixed header.</summary>
internal static class PingPacket
{
    public static bool TryParse(ReadOnlySpan<byte> body, out MqttFault fault) => new PacketReader(body).TryFinish(out fault);

    public static bool TryWrite(Span<byte> destination, PacketType type, out int length) =>
        new PacketWriter(destination, type).TryFinish(out length);
}
