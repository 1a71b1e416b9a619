namespace CoapBridge.Coap;

/// <summary>One option of a message: a view that dies with the datagram (RFC 7252 §3.1).</summary>
public readonly ref struct CoapOption
{
    internal CoapOption(OptionNumber number, ReadOnlySpan<byte> value, bool isRepeated)
    {
        Number = number;
        Value = value;
        IsWellFormed = !OptionDefinition.TryFind(number, out var definition)
            || (definition.AllowsLength(value.Length) && (definition.Repeatable || !isRepeated));
    }

    public OptionNumber Number { get; }

    public ReadOnlySpan<byte> Value { get; }

    public bool IsCritical => OptionDefinition.IsCritical(Number);

    /// <summary>
    /// False for a known option with a length out of its range or one occurrence too many: it is to be treated like an
    /// unrecognised one (RFC 7252 §5.4.3, §5.4.5).
    /// </summary>
    public bool IsWellFormed { get; }

    /// <summary>The value as a uint (RFC 7252 §3.2); leading zeros are accepted, more than 4 bytes are not.</summary>
    public bool TryGetUInt32(out uint number)
    {
        number = 0;
        if (Value.Length > 4)
        {
            return false;
        }

        foreach (var octet in Value)
        {
            number = (number << 8) | octet;
        }

        return true;
    }
}
