namespace CoapBridge.Coap;

/// <summary>Options that the endpoint adds to those that its owner wrote; each where its number belongs.</summary>
internal ref struct AddedOptions
{
    /// <summary>The sequence number of a notification, 24 bits (RFC 7641 §4.4).</summary>
    public uint? Observe { get; set; }

    /// <summary>Copies the owner's options and these into one list in ascending order (RFC 7252 §3.1).</summary>
    /// <param name="options">As <see cref="OptionWriter"/> wrote them.</param>
    /// <param name="merged">Where the list goes.</param>
    public readonly void Merge(ReadOnlySpan<byte> options, ref OptionWriter merged)
    {
        var before = -1;
        foreach (var option in new OptionEnumerator(options, all: true))
        {
            WriteBetween(ref merged, before, (int)option.Number);
            merged.Write(option.Number, option.Value);
            before = (int)option.Number;
        }

        WriteBetween(ref merged, before, int.MaxValue);
    }

    private readonly void WriteBetween(ref OptionWriter merged, int after, int before) =>
        WriteBetween(ref merged, after, before, OptionNumber.Observe, Observe);

    private static void WriteBetween(ref OptionWriter merged, int after, int before, OptionNumber number, uint? value)
    {
        if (value is { } known && (int)number > after && (int)number < before)
        {
            merged.Write(number, known);
        }
    }
}
