namespace CoapBridge.Mqtt.Packets;

/// <summary>One whole control packet as it lies in the received bytes: its fixed header taken apart, the rest borrowed.</summary>
internal readonly ref struct ControlPacket(PacketType type, byte flags, ReadOnlySpan<byte> body)
{
    public PacketType Type { get; } = type;

    /// <summary>The low four bits of the first byte; checked already for all types but PUBLISH.</summary>
    public byte Flags { get; } = flags;

    /// <summary>Variable header and payload.</summary>
    public ReadOnlySpan<byte> Body { get; } = body;

    /// <summary>The flags that a packet type must have (MQTT 5 §2.1.3, Table 2-2); PUBLISH uses them.</summary>
    public static byte RequiredFlags(PacketType type) =>
        type is PacketType.Pubrel or PacketType.Subscribe or PacketType.Unsubscribe ? (byte)0b0010 : (byte)0;
}
