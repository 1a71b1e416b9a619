using static CoapBridge.Mqtt.Properties.PropertyForm;
using static CoapBridge.Mqtt.Properties.PropertyUse;

namespace CoapBridge.Mqtt.Properties;

/// <summary>One line of MQTT 5 Table 2-4: the form of a property, where it may stand, and which numbers it may hold.</summary>
internal readonly record struct PropertyRule(PropertyForm Form, PropertyUse AllowedIn, uint Minimum = 0, uint Maximum = uint.MaxValue)
{
    /// <summary>The rule of an identifier; one that the standard does not know is allowed nowhere.</summary>
    public static PropertyRule Of(PropertyIdentifier identifier) => identifier switch
    {
        PropertyIdentifier.PayloadFormatIndicator => new(PropertyForm.Byte, Publish | Will, 0, 1),
        PropertyIdentifier.MessageExpiryInterval => new(FourByteInteger, Publish | Will),
        PropertyIdentifier.ContentType or PropertyIdentifier.ResponseTopic => new(Text, Publish | Will),
        PropertyIdentifier.CorrelationData => new(Binary, Publish | Will),
        PropertyIdentifier.SubscriptionIdentifier => new(VariableByteInteger, Publish | Subscribe, 1),
        PropertyIdentifier.SessionExpiryInterval => new(FourByteInteger, Connect | Connack | Disconnect),
        PropertyIdentifier.AssignedClientIdentifier => new(Text, Connack),
        PropertyIdentifier.ServerKeepAlive => new(TwoByteInteger, Connack),
        PropertyIdentifier.AuthenticationMethod => new(Text, Connect | Connack | Auth),
        PropertyIdentifier.AuthenticationData => new(Binary, Connect | Connack | Auth),
        PropertyIdentifier.RequestProblemInformation => new(PropertyForm.Byte, Connect, 0, 1),
        PropertyIdentifier.WillDelayInterval => new(FourByteInteger, Will),
        PropertyIdentifier.RequestResponseInformation => new(PropertyForm.Byte, Connect, 0, 1),
        PropertyIdentifier.ResponseInformation => new(Text, Connack),
        PropertyIdentifier.ServerReference => new(Text, Connack | Disconnect),
        PropertyIdentifier.ReasonString => new(Text, Connack | Acknowledgement | Suback | Disconnect | Auth),
        PropertyIdentifier.ReceiveMaximum => new(TwoByteInteger, Connect | Connack, 1),
        PropertyIdentifier.TopicAliasMaximum => new(TwoByteInteger, Connect | Connack),
        PropertyIdentifier.TopicAlias => new(TwoByteInteger, Publish),
        PropertyIdentifier.MaximumQoS => new(PropertyForm.Byte, Connack, 0, 1),
        PropertyIdentifier.RetainAvailable => new(PropertyForm.Byte, Connack, 0, 1),
        PropertyIdentifier.UserProperty => new(TextPair, All),
        PropertyIdentifier.MaximumPacketSize => new(FourByteInteger, Connect | Connack, 1),
        PropertyIdentifier.WildcardSubscriptionAvailable => new(PropertyForm.Byte, Connack, 0, 1),
        PropertyIdentifier.SubscriptionIdentifierAvailable => new(PropertyForm.Byte, Connack, 0, 1),
        PropertyIdentifier.SharedSubscriptionAvailable => new(PropertyForm.Byte, Connack, 0, 1),
        _ => new(PropertyForm.Byte, None),
    };

    /// <summary>Whether a property may stand more than once in one packet.</summary>
    public static bool MayRepeat(PropertyIdentifier identifier, PropertyUse use) =>
        identifier == PropertyIdentifier.UserProperty
        || (identifier == PropertyIdentifier.SubscriptionIdentifier && use == Publish);
}
