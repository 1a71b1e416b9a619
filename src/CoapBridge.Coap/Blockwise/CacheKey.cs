namespace CoapBridge.Coap;

/// <summary>
/// What makes two messages part of one operation (RFC 9175 §3.3, RFC 7959 §2.4): method and options, Request-Tag among them,
/// but without those that may differ from block to block: Block1, Block2, Observe, No-Response, and elective ones that are
/// no part of a cache key (RFC 7252 §5.4.6).
/// </summary>
internal static class CacheKey
{
    /// <summary>The options that count, encoded.</summary>
    public static byte[] Of(in CoapMessage request)
    {
        // Leaving one out can make the header of the next a byte longer.
        var key = new OptionWriter(new byte[request.OptionsLength + request.OptionCount]);
        foreach (var option in request.AllOptions)
        {
            if (Counts(option.Number))
            {
                key.Write(option.Number, option.Value);
            }
        }

        return key.Written.ToArray();
    }

    /// <summary>
    /// A short form, good enough among the few answers that one peer fetches at a time: an answer taken for another has
    /// another ETag.
    /// </summary>
    public static int Hash(in CoapMessage request)
    {
        var hash = new HashCode();
        hash.Add(request.Code.Value);
        foreach (var option in request.AllOptions)
        {
            if (Counts(option.Number))
            {
                hash.Add(((int)option.Number << 16) | option.Value.Length);
                hash.AddBytes(option.Value);
            }
        }

        return hash.ToHashCode();
    }

    private static bool Counts(OptionNumber number) =>
        number is not (OptionNumber.Block1 or OptionNumber.Block2 or OptionNumber.Observe or OptionNumber.NoResponse)
        && (OptionDefinition.IsCritical(number) || ((int)number & 0x1E) != 0x1C);
}
