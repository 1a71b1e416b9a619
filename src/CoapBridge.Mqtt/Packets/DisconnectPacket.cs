using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// DISCONNECT (MQTT 5 §3.14): a Reason Code (absent: 0x00), then properties (absent: none). A Server Reference is read
/// and forgotten: we do not follow it.
/// </summary>
internal readonly record struct DisconnectPacket(MqttReasonCode ReasonCode, string? ReasonString = null)
{
    /// <summary>A Session Expiry Interval of 0: the server shall forget the session (MQTT 5 §3.14.2.2.2). Only written.</summary>
    public bool EndsSession { get; init; }

    public static bool TryParse(ReadOnlySpan<byte> body, out DisconnectPacket packet, out MqttFault fault)
    {
        var reader = new PacketReader(body);
        var (code, text) = ReasonTail.Read(ref reader, PropertyUse.Disconnect);
        packet = new DisconnectPacket(code, text);
        return reader.TryFinish(out fault);
    }

    public bool TryWrite(Span<byte> destination, out int length)
    {
        var writer = new PacketWriter(destination, PacketType.Disconnect);
        if (EndsSession)
        {
            writer.WriteUInt8((byte)ReasonCode);
            var start = writer.OpenProperties();
            writer.WriteProperty(PropertyIdentifier.SessionExpiryInterval, 0u);
            writer.CloseProperties(start);
        }
        else
        {
            ReasonTail.Write(ref writer, ReasonCode, ReasonString);
        }

        return writer.TryFinish(out length);
    }
}
