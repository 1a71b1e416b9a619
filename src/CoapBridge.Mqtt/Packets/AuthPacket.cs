using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>AUTH (MQTT 5 §3.15). We never name an Authentication Method, so it is read only to refuse it.</summary>
internal readonly record struct AuthPacket(MqttReasonCode ReasonCode)
{
    public static bool TryParse(ReadOnlySpan<byte> body, out AuthPacket packet, out MqttFault fault)
    {
        var reader = new PacketReader(body);
        packet = default;
        if (reader.HasMore)
        {
            packet = new AuthPacket((MqttReasonCode)reader.ReadUInt8());
            var properties = reader.OpenProperties(PropertyUse.Auth);
            while (properties.TryRead(out _))
            {
            }

            reader.Close(properties);
        }

        return reader.TryFinish(out fault);
    }
}
