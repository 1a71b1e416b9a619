namespace CoapBridge.Coap;

/// <summary>
/// What an option's own document says of it: the range of its length in bytes and whether it may be repeated
/// (RFC 7252 §5.10, Table 4).
/// </summary>
public readonly record struct OptionDefinition(int MinLength, int MaxLength, bool Repeatable)
{
    /// <summary>The least significant bit of the number makes an option critical (RFC 7252 §5.4.6).</summary>
    public static bool IsCritical(OptionNumber number) => ((ushort)number & 1) != 0;

    /// <summary>False for a number that this room does not know.</summary>
    public static bool TryFind(OptionNumber number, out OptionDefinition definition)
    {
        OptionDefinition? found = number switch
        {
            OptionNumber.IfMatch => new(0, 8, true),
            OptionNumber.UriHost => new(1, 255, false),
            OptionNumber.ETag => new(1, 8, true),
            OptionNumber.IfNoneMatch => new(0, 0, false),
            OptionNumber.Observe => new(0, 3, false),
            OptionNumber.UriPort => new(0, 2, false),
            OptionNumber.LocationPath => new(0, 255, true),
            OptionNumber.UriPath => new(0, 255, true),
            OptionNumber.ContentFormat => new(0, 2, false),
            OptionNumber.MaxAge => new(0, 4, false),
            OptionNumber.UriQuery => new(0, 255, true),
            OptionNumber.HopLimit => new(1, 1, false),
            OptionNumber.Accept => new(0, 2, false),
            OptionNumber.LocationQuery => new(0, 255, true),
            OptionNumber.Block2 or OptionNumber.Block1 => new(0, 3, false),
            OptionNumber.Size2 or OptionNumber.Size1 => new(0, 4, false),
            OptionNumber.ProxyUri => new(1, 1034, false),
            OptionNumber.ProxyScheme => new(1, 255, false),
            OptionNumber.Echo => new(1, 40, false),
            OptionNumber.NoResponse => new(0, 1, false),
            OptionNumber.RequestTag => new(0, 8, true),
            _ => null,
        };
        definition = found.GetValueOrDefault();
        return found.HasValue;
    }

    internal bool AllowsLength(int length) => length >= MinLength && length <= MaxLength;
}
