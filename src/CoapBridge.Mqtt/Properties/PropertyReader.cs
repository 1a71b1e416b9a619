using CoapBridge.Mqtt.Packets;

namespace CoapBridge.Mqtt.Properties;

/// <summary>
/// Reads a property block (MQTT 5 §2.2.2) one property at a time and checks each against <see cref="PropertyRule"/>:
/// known, allowed here, not repeated, in range.
/// </summary>
internal ref struct PropertyReader(ReadOnlySpan<byte> block, PropertyUse use)
{
    private PacketReader _reader = new(block);
    private ulong _seen;

    /// <summary>What was wrong, once <see cref="TryRead"/> has said no.</summary>
    public MqttFault? Fault { get; private set; }

    public bool TryRead(out Property property)
    {
        property = default;
        if (_reader.HasMore)
        {
            property = ReadNext();
            if (_reader.HasMore)
            {
                return true;
            }
        }

        var read = property.Identifier != 0;
        if (!_reader.TryFinish(out var fault))
        {
            Fault ??= fault;
            return false;
        }

        return read;
    }

    private Property ReadNext()
    {
        var number = _reader.ReadVariableByteInteger();
        var identifier = (PropertyIdentifier)number;
        var rule = number <= (int)PropertyIdentifier.SharedSubscriptionAvailable ? PropertyRule.Of(identifier) : default;
        if ((rule.AllowedIn & use) == 0)
        {
            _reader.Refuse(MqttFault.Malformed("property not valid for this packet"));
            return default;
        }

        if ((_seen & (1ul << number)) != 0 && !PropertyRule.MayRepeat(identifier, use))
        {
            _reader.Refuse(MqttFault.ProtocolError("property repeated"));
            return default;
        }

        _seen |= 1ul << number;
        var property = ReadValue(rule.Form);
        property.Identifier = identifier;
        if (rule.Form <= PropertyForm.VariableByteInteger && (property.Number < rule.Minimum || property.Number > rule.Maximum))
        {
            _reader.Refuse(MqttFault.ProtocolError("property value out of range"));
        }

        return property;
    }

    private Property ReadValue(PropertyForm form) => form switch
    {
        PropertyForm.Byte => new() { Number = _reader.ReadUInt8() },
        PropertyForm.TwoByteInteger => new() { Number = _reader.ReadUInt16() },
        PropertyForm.FourByteInteger => new() { Number = _reader.ReadUInt32() },
        PropertyForm.VariableByteInteger => new() { Number = (uint)_reader.ReadVariableByteInteger() },
        PropertyForm.Binary => new() { Bytes = _reader.ReadBinary() },
        PropertyForm.Text => new() { Bytes = _reader.ReadText() },
        _ => new() { Bytes = _reader.ReadText(), PairValue = _reader.ReadText() },
    };
}
