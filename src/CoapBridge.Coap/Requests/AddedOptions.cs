namespace CoapBridge.Coap;

/// <summary>Options that the endpoint adds to those that its owner wrote; each where its number belongs.</summary>
internal ref struct AddedOptions
{
    /// <summary>More than they ever take: an ETag of 8 bytes, three uints of 3 bytes, one of 4, and what precedes each.</summary>
    public const int MaximumLength = 32;

    /// <summary>ETag, unless the owner has written one; empty for none.</summary>
    public ReadOnlySpan<byte> EntityTag { get; set; }

    /// <summary>The sequence number of a notification, 24 bits (RFC 7641 §4.4).</summary>
    public uint? Observe { get; set; }

    public uint? Block2 { get; set; }

    public uint? Block1 { get; set; }

    public uint? Size2 { get; set; }

    /// <summary>Only in requests.</summary>
    public uint? Size1 { get; set; }

    public readonly bool IsEmpty => EntityTag.IsEmpty && Observe is null && Block2 is null && Block1 is null && Size2 is null && Size1 is null;

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

    private readonly void WriteBetween(ref OptionWriter merged, int after, int before)
    {
        if (!EntityTag.IsEmpty && (int)OptionNumber.ETag > after && (int)OptionNumber.ETag < before)
        {
            merged.Write(OptionNumber.ETag, EntityTag);
        }

        WriteBetween(ref merged, after, before, OptionNumber.Observe, Observe);
        WriteBetween(ref merged, after, before, OptionNumber.Block2, Block2);
        WriteBetween(ref merged, after, before, OptionNumber.Block1, Block1);
        WriteBetween(ref merged, after, before, OptionNumber.Size2, Size2);
        WriteBetween(ref merged, after, before, OptionNumber.Size1, Size1);
    }

    private static void WriteBetween(ref OptionWriter merged, int after, int before, OptionNumber number, uint? value)
    {
        if (value is { } known && (int)number > after && (int)number < before)
        {
            merged.Write(number, known);
        }
    }
}
