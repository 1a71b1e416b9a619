using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>SUBSCRIBE (MQTT 5 §3.8).</summary>
internal sealed record SubscribePacket(ushort PacketIdentifier, IReadOnlyList<Subscription> Subscriptions)
{
    public MqttVersion Version { get; init; } = MqttVersion.Mqtt5;

    /// <summary>The Subscription Identifier, 1 to 268,435,455; null: none (MQTT 5 §3.8.2.1.2).</summary>
    public int? SubscriptionIdentifier { get; init; }

    public static bool TryParse(ReadOnlySpan<byte> body, out SubscribePacket packet, out MqttFault fault)
    {
        var reader = new PacketReader(body);
        var identifier = reader.ReadPacketIdentifier();
        int? subscriptionIdentifier = null;
        var properties = reader.OpenProperties(PropertyUse.Subscribe);
        while (properties.TryRead(out var property))
        {
            subscriptionIdentifier = property.Identifier == PropertyIdentifier.SubscriptionIdentifier ? (int)property.Number : subscriptionIdentifier;
        }

        reader.Close(properties);
        var subscriptions = new List<Subscription>();
        do
        {
            subscriptions.Add(Subscription.Read(ref reader));
        }
        while (reader.HasMore);

        packet = new SubscribePacket(identifier, subscriptions) { SubscriptionIdentifier = subscriptionIdentifier };
        return reader.TryFinish(out fault);
    }

    public bool TryWrite(Span<byte> destination, out int length)
    {
        var writer = new PacketWriter(destination, PacketType.Subscribe, Version);
        writer.WriteUInt16(PacketIdentifier);
        var start = writer.OpenProperties();
        if (SubscriptionIdentifier is { } own && writer.HasProperties)
        {
            writer.WriteUInt8((byte)PropertyIdentifier.SubscriptionIdentifier);
            writer.WriteVariableByteInteger(own);
        }

        writer.CloseProperties(start);
        foreach (var subscription in Subscriptions)
        {
            writer.WriteText(subscription.TopicFilter);
            writer.WriteUInt8(Version == MqttVersion.Mqtt5 ? subscription.Options : (byte)subscription.MaximumQoS);
        }

        return writer.TryFinish(out length);
    }
}
