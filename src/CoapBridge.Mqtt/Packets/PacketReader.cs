using CoapBridge.Mqtt.Properties;
using CoapBridge.Wire;

namespace CoapBridge.Mqtt.Packets;

/// <summary>
/// Reads the fields of a packet's body. The first fault is kept and everything read after it is empty, so that a parser
/// asks once, with <see cref="TryFinish"/>; bytes that are left then are a fault as well.
/// </summary>
internal ref struct PacketReader(ReadOnlySpan<byte> body, MqttVersion version = MqttVersion.Mqtt5)
{
    private WireReader _wire = new(body);
    private MqttFault? _fault;

    /// <summary>Bytes are left and nothing failed.</summary>
    public readonly bool HasMore => _wire.HasMore;

    public byte ReadUInt8() => _wire.ReadUInt8();

    public ushort ReadUInt16() => _wire.ReadUInt16();

    public uint ReadUInt32() => _wire.ReadUInt32();

    public ReadOnlySpan<byte> ReadBytes(int length) => _wire.ReadBytes(length);

    public ReadOnlySpan<byte> ReadRest() => _wire.ReadRest();

    /// <summary>Binary Data (MQTT 5 §1.5.6).</summary>
    public ReadOnlySpan<byte> ReadBinary() => _wire.ReadVector16();

    /// <summary>A UTF-8 Encoded String (MQTT 5 §1.5.4), checked.</summary>
    public ReadOnlySpan<byte> ReadText()
    {
        var text = _wire.ReadVector16();
        if (!MqttText.IsValid(text))
        {
            Refuse(MqttFault.Malformed("[MQTT-1.5.4-1] ill-formed UTF-8 or U+0000"));
            return default;
        }

        return text;
    }

    /// <summary>A Packet Identifier, which is never zero [MQTT-2.2.1-3].</summary>
    public ushort ReadPacketIdentifier()
    {
        var identifier = _wire.ReadUInt16();
        if (identifier == 0)
        {
            Refuse(MqttFault.ProtocolError("[MQTT-2.2.1-3] packet identifier zero"));
        }

        return identifier;
    }

    public int ReadVariableByteInteger()
    {
        var value = 0;
        for (var index = 0; index < 4; index++)
        {
            var next = _wire.ReadUInt8();
            value |= (next & 0x7F) << (7 * index);
            if (next < 0x80)
            {
                if (next == 0 && index > 0)
                {
                    break;
                }

                return value;
            }
        }

        Refuse(MqttFault.Malformed("[MQTT-1.5.5-1] variable byte integer"));
        return 0;
    }

    /// <summary>The property block that comes next; give it back to <see cref="Close"/> when it was read.</summary>
    public PropertyReader OpenProperties(PropertyUse use) => new(ReadProperties(), use);

    /// <summary>The bytes of the property block that comes next; none in MQTT 3.1.1.</summary>
    public ReadOnlySpan<byte> ReadProperties() => version == MqttVersion.Mqtt5 ? _wire.ReadBytes(ReadVariableByteInteger()) : default;

    /// <summary>Takes over what was wrong with the properties.</summary>
    public void Close(in PropertyReader properties)
    {
        if (properties.Fault is { } fault)
        {
            Refuse(fault);
        }
    }

    /// <summary>Refuses the packet; only the first reason counts.</summary>
    public void Refuse(MqttFault fault)
    {
        if (!_wire.Failed)
        {
            _fault = fault;
            _wire.Fail();
        }
    }

    /// <summary>Whether all was well and nothing is left.</summary>
    public readonly bool TryFinish(out MqttFault fault)
    {
        fault = _fault ?? MqttFault.Malformed(_wire.Failed ? "packet too short" : "bytes after the end of the packet");
        return _wire.AtEnd;
    }
}
