using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>CONNACK (MQTT 5 §3.2). What the server left out has the standard's default.</summary>
internal sealed record ConnackPacket
{
    public bool SessionPresent { get; init; }

    public MqttReasonCode ReasonCode { get; init; }

    /// <summary>Seconds; null: what we asked for.</summary>
    public uint? SessionExpiryInterval { get; init; }

    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;

    public QualityOfService MaximumQoS { get; init; } = QualityOfService.ExactlyOnce;

    public bool RetainAvailable { get; init; } = true;

    /// <summary>Bytes; null: no limit.</summary>
    public uint? MaximumPacketSize { get; init; }

    public string? AssignedClientIdentifier { get; init; }

    public ushort TopicAliasMaximum { get; init; }

    public string? ReasonString { get; init; }

    public bool WildcardSubscriptionAvailable { get; init; } = true;

    public bool SubscriptionIdentifierAvailable { get; init; } = true;

    public bool SharedSubscriptionAvailable { get; init; } = true;

    /// <summary>Seconds; null: ours holds.</summary>
    public ushort? ServerKeepAlive { get; init; }

    /// <summary>
    /// What a server that knows no protocol version above 4 says to ours, in its own form: two bytes, no properties
    /// (MQTT 3.1.1 §3.2.2.3, return code 0x01).
    /// </summary>
    private static ReadOnlySpan<byte> UnacceptableProtocolVersion => [0, 1];

    public static bool TryParse(
        ReadOnlySpan<byte> body, out ConnackPacket packet, out MqttFault fault, MqttVersion version = MqttVersion.Mqtt5)
    {
        if (version == MqttVersion.Mqtt5 && body.SequenceEqual(UnacceptableProtocolVersion))
        {
            packet = new ConnackPacket { ReasonCode = MqttReasonCode.UnsupportedProtocolVersion };
            fault = default;
            return true;
        }

        var reader = new PacketReader(body, version);
        var flags = reader.ReadUInt8();
        var code = reader.ReadUInt8();
        var reason = version == MqttVersion.Mqtt5 ? (MqttReasonCode)code : ReturnCode(code);
        if (flags > 1)
        {
            reader.Refuse(MqttFault.Malformed("[MQTT-3.2.2-1] acknowledge flags"));
        }
        else if (reason != MqttReasonCode.Success && (flags != 0 || !reason.IsFailure()))
        {
            reader.Refuse(MqttFault.ProtocolError("[MQTT-3.2.2-6] session present with a failure, or a reason that is neither"));
        }

        packet = new ConnackPacket
        {
            SessionPresent = flags == 1, ReasonCode = reason, SubscriptionIdentifierAvailable = version == MqttVersion.Mqtt5,
        };
        var properties = reader.OpenProperties(PropertyUse.Connack);
        while (properties.TryRead(out var property))
        {
            packet = packet.With(property);
        }

        reader.Close(properties);
        return reader.TryFinish(out fault);
    }

    public bool TryWrite(Span<byte> destination, out int length)
    {
        var writer = new PacketWriter(destination, PacketType.Connack);
        writer.WriteUInt8(SessionPresent ? (byte)1 : (byte)0);
        writer.WriteUInt8((byte)ReasonCode);
        var start = writer.OpenProperties();
        WriteLimits(ref writer);
        WriteTexts(ref writer);
        writer.CloseProperties(start);
        return writer.TryFinish(out length);
    }

    /// <summary>MQTT 3.1.1 Table 3.1, as the reason code that says the same.</summary>
    private static MqttReasonCode ReturnCode(byte code) => code switch
    {
        0 => MqttReasonCode.Success,
        1 => MqttReasonCode.UnsupportedProtocolVersion,
        2 => MqttReasonCode.ClientIdentifierNotValid,
        3 => MqttReasonCode.ServerUnavailable,
        4 => MqttReasonCode.BadUserNameOrPassword,
        5 => MqttReasonCode.NotAuthorized,
        _ => MqttReasonCode.UnspecifiedError,
    };

    private ConnackPacket With(in Property property) => property.Identifier switch
    {
        PropertyIdentifier.SessionExpiryInterval => this with { SessionExpiryInterval = property.Number },
        PropertyIdentifier.ReceiveMaximum => this with { ReceiveMaximum = (ushort)property.Number },
        PropertyIdentifier.MaximumQoS => this with { MaximumQoS = (QualityOfService)property.Number },
        PropertyIdentifier.RetainAvailable => this with { RetainAvailable = property.Number == 1 },
        PropertyIdentifier.MaximumPacketSize => this with { MaximumPacketSize = property.Number },
        PropertyIdentifier.AssignedClientIdentifier => this with { AssignedClientIdentifier = property.Text },
        PropertyIdentifier.TopicAliasMaximum => this with { TopicAliasMaximum = (ushort)property.Number },
        PropertyIdentifier.ReasonString => this with { ReasonString = property.Text },
        PropertyIdentifier.WildcardSubscriptionAvailable => this with { WildcardSubscriptionAvailable = property.Number == 1 },
        PropertyIdentifier.SubscriptionIdentifierAvailable => this with { SubscriptionIdentifierAvailable = property.Number == 1 },
        PropertyIdentifier.SharedSubscriptionAvailable => this with { SharedSubscriptionAvailable = property.Number == 1 },
        PropertyIdentifier.ServerKeepAlive => this with { ServerKeepAlive = (ushort)property.Number },
        _ => this,
    };

    private void WriteLimits(ref PacketWriter writer)
    {
        if (SessionExpiryInterval is { } expiry)
        {
            writer.WriteProperty(PropertyIdentifier.SessionExpiryInterval, expiry);
        }

        if (ReceiveMaximum != ushort.MaxValue)
        {
            writer.WriteProperty(PropertyIdentifier.ReceiveMaximum, ReceiveMaximum);
        }

        if (MaximumQoS != QualityOfService.ExactlyOnce)
        {
            writer.WriteProperty(PropertyIdentifier.MaximumQoS, (byte)MaximumQoS);
        }

        if (MaximumPacketSize is { } maximum)
        {
            writer.WriteProperty(PropertyIdentifier.MaximumPacketSize, maximum);
        }

        if (TopicAliasMaximum != 0)
        {
            writer.WriteProperty(PropertyIdentifier.TopicAliasMaximum, TopicAliasMaximum);
        }

        if (ServerKeepAlive is { } keepAlive)
        {
            writer.WriteProperty(PropertyIdentifier.ServerKeepAlive, keepAlive);
        }

        WriteAbsence(ref writer, PropertyIdentifier.RetainAvailable, RetainAvailable);
        WriteAbsence(ref writer, PropertyIdentifier.WildcardSubscriptionAvailable, WildcardSubscriptionAvailable);
        WriteAbsence(ref writer, PropertyIdentifier.SubscriptionIdentifierAvailable, SubscriptionIdentifierAvailable);
        WriteAbsence(ref writer, PropertyIdentifier.SharedSubscriptionAvailable, SharedSubscriptionAvailable);
    }

    private void WriteTexts(ref PacketWriter writer)
    {
        if (AssignedClientIdentifier is not null)
        {
            writer.WriteProperty(PropertyIdentifier.AssignedClientIdentifier, AssignedClientIdentifier);
        }

        if (ReasonString is not null)
        {
            writer.WriteProperty(PropertyIdentifier.ReasonString, ReasonString);
        }
    }

    private static void WriteAbsence(ref PacketWriter writer, PropertyIdentifier identifier, bool available)
    {
        if (!available)
        {
            writer.WriteProperty(identifier, (byte)0);
        }
    }
}
