using CoapBridge.Mqtt;
using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Tests.Mqtt;

/// <summary>Parses any packet by its type, and helps to write one.</summary>
internal static class Codec
{
    public delegate bool Writer(Span<byte> destination, out int length);

    public static byte[] Write(Writer write)
    {
        var buffer = new byte[256 * 1024];
        Assert.True(write(buffer, out var length));
        return buffer[..length];
    }

    public static byte[] Publish(ApplicationMessage message, ushort identifier = 0, bool duplicate = false) =>
        Write((Span<byte> span, out int length) => PublishPacket.TryWrite(span, message, identifier, duplicate, out length));

    public static byte[] Acknowledge(PacketType type, ushort identifier, MqttReasonCode reason = MqttReasonCode.Success, string? text = null) =>
        Write((Span<byte> span, out int length) => new AcknowledgementPacket(identifier, reason, text).TryWrite(span, type, out length));

    /// <summary>The body of the only packet in <paramref name="bytes"/>.</summary>
    public static (PacketType Type, byte Flags, byte[] Body) Frame(byte[] bytes)
    {
        ReadOnlySpan<byte> rest = bytes;
        Assert.Equal(FramingResult.Packet, new PacketFramer(1 << 20).TryTake(ref rest, out var packet, out _));
        Assert.True(rest.IsEmpty);
        return (packet.Type, packet.Flags, packet.Body.ToArray());
    }

    public static bool TryParse(PacketType type, byte flags, ReadOnlySpan<byte> body, out MqttFault fault) => type switch
    {
        PacketType.Connect => ConnectPacket.TryParse(body, out _, out fault),
        PacketType.Connack => ConnackPacket.TryParse(body, out _, out fault),
        PacketType.Publish => PublishPacket.TryParse(flags, body, out _, out fault),
        PacketType.Puback or PacketType.Pubrec or PacketType.Pubrel or PacketType.Pubcomp => AcknowledgementPacket.TryParse(body, out _, out fault),
        PacketType.Subscribe => SubscribePacket.TryParse(body, out _, out fault),
        PacketType.Suback or PacketType.Unsuback => SubackPacket.TryParse(body, out _, out fault),
        PacketType.Unsubscribe => UnsubscribePacket.TryParse(body, out _, out fault),
        PacketType.Disconnect => DisconnectPacket.TryParse(body, out _, out fault),
        PacketType.Auth => AuthPacket.TryParse(body, out _, out fault),
        _ => PingPacket.TryParse(body, out fault),
    };
}
