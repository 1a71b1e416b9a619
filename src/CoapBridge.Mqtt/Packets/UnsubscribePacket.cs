using System.Text;
using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>UNSUBSCRIBE (MQTT 5 §3.10).</summary>
internal sealed record UnsubscribePacket(ushort PacketIdentifier, IReadOnlyList<string> TopicFilters)
{
    public MqttVersion Version { get; init; } = MqttVersion.Mqtt5;

    public static bool TryParse(ReadOnlySpan<byte> body, out UnsubscribePacket packet, out MqttFault fault)
    {
        var reader = new PacketReader(body);
        var identifier = reader.ReadPacketIdentifier();
        var properties = reader.OpenProperties(PropertyUse.Unsubscribe);
        while (properties.TryRead(out _))
        {
        }

        reader.Close(properties);
        var filters = new List<string>();
        do
        {
            filters.Add(Encoding.UTF8.GetString(reader.ReadText()));
        }
        while (reader.HasMore);

        packet = new UnsubscribePacket(identifier, filters);
        return reader.TryFinish(out fault);
    }

    public bool TryWrite(Span<byte> destination, out int length)
    {
        var writer = new PacketWriter(destination, PacketType.Unsubscribe, Version);
        writer.WriteUInt16(PacketIdentifier);
        writer.CloseProperties(writer.OpenProperties());
        foreach (var filter in TopicFilters)
        {
            writer.WriteText(filter);
        }

        return writer.TryFinish(out length);
    }
}
