using System.Text;
using CoapBridge.Mqtt.Properties;

namespace CoapBridge.Mqtt.Packets;

/// <summary>CONNECT (MQTT 5 §3.1).</summary>
internal sealed record ConnectPacket
{
    public const byte Version = 5;
    private const byte UserNameFlag = 0x80, PasswordFlag = 0x40, WillRetainFlag = 0x20, WillFlag = 0x04, CleanStartFlag = 0x02;

    public required string ClientIdentifier { get; init; }

    public byte ProtocolVersion { get; init; } = Version;

    public bool CleanStart { get; init; } = true;

    /// <summary>Seconds; 0 turns it off.</summary>
    public ushort KeepAlive { get; init; }

    /// <summary>Seconds.</summary>
    public uint SessionExpiryInterval { get; init; }

    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;

    /// <summary>Bytes; null: no limit.</summary>
    public uint? MaximumPacketSize { get; init; }

    public ushort TopicAliasMaximum { get; init; }

    public bool RequestProblemInformation { get; init; } = true;

    public string? AuthenticationMethod { get; init; }

    public ApplicationMessage? Will { get; init; }

    /// <summary>Seconds.</summary>
    public uint WillDelayInterval { get; init; }

    public string? UserName { get; init; }

    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>
    /// Reads the body. Of another protocol version only <see cref="ProtocolVersion"/> is filled, so that a server can
    /// answer 0x84 [MQTT-3.1.2-2].
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out ConnectPacket packet, out MqttFault fault)
    {
        var reader = new PacketReader(body);
        packet = new ConnectPacket { ClientIdentifier = "" };
        if (!reader.ReadText().SequenceEqual("MQTT"u8))
        {
            reader.Refuse(new MqttFault(MqttReasonCode.UnsupportedProtocolVersion, "[MQTT-3.1.2-1] protocol name"));
        }

        var version = reader.ReadUInt8();
        if (version != Version)
        {
            packet = packet with { ProtocolVersion = version };
            fault = new MqttFault(MqttReasonCode.UnsupportedProtocolVersion, "[MQTT-3.1.2-2] protocol version");
            return false;
        }

        var flags = reader.ReadUInt8();
        var willQoS = (flags >> 3) & 3;
        if ((flags & 1) != 0 || willQoS == 3 || ((flags & WillFlag) == 0 && (flags & 0x38) != 0))
        {
            reader.Refuse(MqttFault.Malformed("[MQTT-3.1.2-3] connect flags"));
        }

        packet = packet with { CleanStart = (flags & CleanStartFlag) != 0, KeepAlive = reader.ReadUInt16() };
        packet = ReadProperties(ref reader, packet) with { ClientIdentifier = Encoding.UTF8.GetString(reader.ReadText()) };
        if ((flags & WillFlag) != 0)
        {
            packet = ReadWill(ref reader, packet, (QualityOfService)willQoS, (flags & WillRetainFlag) != 0);
        }

        packet = packet with
        {
            UserName = (flags & UserNameFlag) != 0 ? Encoding.UTF8.GetString(reader.ReadText()) : null,
            Password = (flags & PasswordFlag) != 0 ? reader.ReadBinary().ToArray() : (ReadOnlyMemory<byte>?)null,
        };
        return reader.TryFinish(out fault);
    }

    public bool TryWrite(Span<byte> destination, out int length)
    {
        var writer = new PacketWriter(destination, PacketType.Connect, (MqttVersion)ProtocolVersion);
        writer.WriteText("MQTT");
        writer.WriteUInt8(ProtocolVersion);
        writer.WriteUInt8((byte)((CleanStart ? CleanStartFlag : 0) | WillFlags()
            | (UserName is null ? 0 : UserNameFlag) | (Password is null ? 0 : PasswordFlag)));
        writer.WriteUInt16(KeepAlive);
        WriteProperties(ref writer);
        writer.WriteText(ClientIdentifier);
        if (Will is not null)
        {
            WriteWill(ref writer, Will);
        }

        if (UserName is not null)
        {
            writer.WriteText(UserName);
        }

        if (Password is { } password)
        {
            writer.WriteBinary(password.Span);
        }

        return writer.TryFinish(out length);
    }

    private static ConnectPacket ReadProperties(ref PacketReader reader, ConnectPacket packet)
    {
        var properties = reader.OpenProperties(PropertyUse.Connect);
        while (properties.TryRead(out var property))
        {
            packet = property.Identifier switch
            {
                PropertyIdentifier.SessionExpiryInterval => packet with { SessionExpiryInterval = property.Number },
                PropertyIdentifier.ReceiveMaximum => packet with { ReceiveMaximum = (ushort)property.Number },
                PropertyIdentifier.MaximumPacketSize => packet with { MaximumPacketSize = property.Number },
                PropertyIdentifier.TopicAliasMaximum => packet with { TopicAliasMaximum = (ushort)property.Number },
                PropertyIdentifier.RequestProblemInformation => packet with { RequestProblemInformation = property.Number == 1 },
                PropertyIdentifier.AuthenticationMethod => packet with { AuthenticationMethod = property.Text },
                _ => packet,
            };
        }

        reader.Close(properties);
        return packet;
    }

    private static ConnectPacket ReadWill(ref PacketReader reader, ConnectPacket packet, QualityOfService quality, bool retain)
    {
        var message = new MessageProperties();
        var properties = reader.OpenProperties(PropertyUse.Will);
        while (properties.TryRead(out var property))
        {
            if (property.Identifier == PropertyIdentifier.WillDelayInterval)
            {
                packet = packet with { WillDelayInterval = property.Number };
            }

            message.Take(property);
        }

        reader.Close(properties);
        var topic = reader.ReadText();
        var payload = reader.ReadBinary();
        if (topic.IsEmpty || TopicName.HasWildcard(topic))
        {
            reader.Refuse(MqttFault.ProtocolError("[MQTT-4.7.3-1] will topic"));
        }

        return packet with { Will = message.ToMessage(Encoding.UTF8.GetString(topic), payload, quality, retain) };
    }

    private int WillFlags() => Will is null ? 0 : WillFlag | ((int)Will.QualityOfService << 3) | (Will.Retain ? WillRetainFlag : 0);

    private void WriteProperties(ref PacketWriter writer)
    {
        if (!writer.HasProperties)
        {
            return;
        }

        var start = writer.OpenProperties();
        if (SessionExpiryInterval != 0)
        {
            writer.WriteProperty(PropertyIdentifier.SessionExpiryInterval, SessionExpiryInterval);
        }

        if (ReceiveMaximum != ushort.MaxValue)
        {
            writer.WriteProperty(PropertyIdentifier.ReceiveMaximum, ReceiveMaximum);
        }

        if (MaximumPacketSize is { } maximum)
        {
            writer.WriteProperty(PropertyIdentifier.MaximumPacketSize, maximum);
        }

        if (TopicAliasMaximum != 0)
        {
            writer.WriteProperty(PropertyIdentifier.TopicAliasMaximum, TopicAliasMaximum);
        }

        if (!RequestProblemInformation)
        {
            writer.WriteProperty(PropertyIdentifier.RequestProblemInformation, (byte)0);
        }

        if (AuthenticationMethod is not null)
        {
            writer.WriteProperty(PropertyIdentifier.AuthenticationMethod, AuthenticationMethod);
        }

        writer.CloseProperties(start);
    }

    private void WriteWill(ref PacketWriter writer, ApplicationMessage will)
    {
        var start = writer.OpenProperties();
        if (WillDelayInterval != 0 && writer.HasProperties)
        {
            writer.WriteProperty(PropertyIdentifier.WillDelayInterval, WillDelayInterval);
        }

        MessageProperties.Write(ref writer, will);
        writer.CloseProperties(start);
        writer.WriteText(will.Topic);
        writer.WriteBinary(will.Payload.Span);
    }
}
