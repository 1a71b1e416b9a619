using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// How acknowledgements and DISCONNECT end (MQTT 5 §3.4.2.1, §3.14.2.1): a Reason Code (absent: 0x00), then properties
/// (absent: none), of which only the Reason String is kept.
/// </summary>
internal static class ReasonTail
{
    public static (MqttReasonCode Code, string? Text) Read(ref PacketReader reader, PropertyUse use)
    {
        var code = reader.HasMore ? (MqttReasonCode)reader.ReadUInt8() : MqttReasonCode.Success;
        string? text = null;
        if (reader.HasMore)
        {
            var properties = reader.OpenProperties(use);
            while (properties.TryRead(out var property))
            {
                text = property.Identifier == PropertyIdentifier.ReasonString ? property.Text : text;
            }

            reader.Close(properties);
        }

        return (code, text);
    }

    public static void Write(ref PacketWriter writer, MqttReasonCode code, string? text)
    {
        if (code != MqttReasonCode.Success || text is not null)
        {
            writer.WriteUInt8((byte)code);
        }

        if (text is not null)
        {
            var start = writer.OpenProperties();
            writer.WriteProperty(PropertyIdentifier.ReasonString, text);
            writer.CloseProperties(start);
        }
    }
}
