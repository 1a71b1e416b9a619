namespace CoapBridge.Dtls.Records;

/// <summary>
/// <code>
/// struct { opaque content[length]; ContentType real_type; uint8 zeros[length_of_padding]; } DTLSInnerPlaintext;   RFC 9146 §4
/// </code>
/// </summary>
internal static class InnerPlaintext
{
    /// <summary>The real type; we add no padding.</summary>
    public const int Overhead = 1;

    /// <summary>Takes padding and real type off. False when there is no type, or one that may not be inside.</summary>
    public static bool TryRead(ref Span<byte> text, out ContentType type)
    {
        var end = text.LastIndexOfAnyExcept((byte)0);
        type = end < 0 ? default : (ContentType)text[end];
        text = end < 0 ? default : text[..end];

        // RFC 9146 §4: not itself again; and ChangeCipherSpec belongs to the epoch before.
        return end >= 0 && type is not (ContentType.Tls12Cid or ContentType.ChangeCipherSpec);
    }
}
