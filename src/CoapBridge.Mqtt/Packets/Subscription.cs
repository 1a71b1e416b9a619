using System.Text;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// A Topic Filter with its Subscription Options (MQTT 5 §3.8.3.1): bits 1 and 0 Maximum QoS, bit 2 No Local, bit 3 Retain
/// As Published, bits 5 and 4 Retain Handling, the rest reserved.
/// </summary>
internal readonly record struct Subscription(string TopicFilter, byte Options)
{
    public QualityOfService MaximumQoS => (QualityOfService)(Options & 3);

    public bool NoLocal => (Options & 0b100) != 0;

    public bool RetainAsPublished => (Options & 0b1000) != 0;

    /// <summary>0: retained messages at each subscribe; 1: only if the subscription is new; 2: never.</summary>
    public int RetainHandling => (Options >> 4) & 3;

    /// <summary>What we ask for: the retain flag as it was published, and either all retained messages now or none.</summary>
    public static Subscription Of(SubscriptionRequest request) =>
        new(request.TopicFilter, (byte)((byte)request.MaximumQoS | 0b1000 | (request.WantsRetained ? 0 : 2 << 4)));

    public static Subscription Read(ref PacketReader reader)
    {
        var subscription = new Subscription(Encoding.UTF8.GetString(reader.ReadText()), reader.ReadUInt8());
        if ((subscription.Options & 0xC0) != 0)
        {
            reader.Refuse(MqttFault.Malformed("[MQTT-3.8.3-5] reserved subscription options"));
        }
        else if (subscription.MaximumQoS > QualityOfService.ExactlyOnce || subscription.RetainHandling == 3)
        {
            reader.Refuse(MqttFault.ProtocolError("subscription options out of range"));
        }
        else if (subscription.TopicFilter.Length == 0)
        {
            reader.Refuse(MqttFault.ProtocolError("[MQTT-4.7.3-1] empty topic filter"));
        }

        return subscription;
    }
}
