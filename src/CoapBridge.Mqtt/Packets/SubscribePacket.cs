using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>SUBSCRIBE (MQTT 5 §3.8).</summary>
internal sealed record SubscribePacket(ushort PacketIdentifier, IReadOnlyList<Subscription> Subscriptions)
{
    /// <summary>A Subscription Identifier stood in the properties; we never announce that we support it.</summary>
    public bool HasSubscriptionIdentifier { get; init; }

    public static bool TryParse(ReadOnlySpan<byte> body, out SubscribePacket packet, out MqttFault fault)
    {
        var reader = new PacketReader(body);
        var identifier = reader.ReadPacketIdentifier();
        var hasSubscriptionIdentifier = false;
        var properties = reader.OpenProperties(PropertyUse.Subscribe);
        while (properties.TryRead(out var property))
        {
            hasSubscriptionIdentifier |= property.Identifier == PropertyIdentifier.SubscriptionIdentifier;
        }

        reader.Close(properties);
        var subscriptions = new List<Subscription>();
        do
        {
            subscriptions.Add(Subscription.Read(ref reader));
        }
        while (reader.HasMore);

        packet = new SubscribePacket(identifier, subscriptions) { HasSubscriptionIdentifier = hasSubscriptionIdentifier };
        return reader.TryFinish(out fault);
    }

    public bool TryWrite(Span<byte> destination, out int length)
    {
        var writer = new PacketWriter(destination, PacketType.Subscribe);
        writer.WriteUInt16(PacketIdentifier);
        writer.CloseProperties(writer.OpenProperties());
        foreach (var subscription in Subscriptions)
        {
            writer.WriteText(subscription.TopicFilter);
            writer.WriteUInt8(subscription.Options);
        }

        return writer.TryFinish(out length);
    }
}
