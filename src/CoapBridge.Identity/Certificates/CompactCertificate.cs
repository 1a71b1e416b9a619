using CoapBridge.Wire;

namespace CoapBridge.Identity;

/// <summary>
/// A certificate as what it has that its issuer's has not: names, algorithms, object identifiers and key identifiers are the same
/// octets in both. Some 60 % of a small certificate is left, keys and signature.
/// <code>
/// struct { opaque fresh&lt;0..255&gt;; uint8 copied; uint16 from; } Piece;
/// struct { uint16 length; Piece pieces[]; } Compact;
/// </code>
/// <c>from</c> counts in the issuer's octets, with the certificate's own behind them as far as they are known.
/// </summary>
internal static class CompactCertificate
{
    /// <summary>A copy costs 3 octets, and one more for the piece after it.</summary>
    private const int ShortestCopy = 5;

    /// <summary>Enough for the certificate of a device.</summary>
    private const int OnStack = 4_096;

    /// <summary>Some microseconds. Both are certificates of this room: no longer than a list may be.</summary>
    public static byte[] Write(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> issuer)
    {
        var longest = 16 + (2 * certificate.Length);
        var room = issuer.Length + certificate.Length + longest;
        var bytes = room <= OnStack ? stackalloc byte[OnStack] : new byte[room];
        var text = bytes[..(room - longest)];
        issuer.CopyTo(text);
        certificate.CopyTo(text[issuer.Length..]);
        var writer = new WireWriter(bytes[text.Length..]);
        writer.WriteUInt16((ushort)certificate.Length);
        var fresh = issuer.Length;
        for (var at = fresh; at < text.Length;)
        {
            var (from, length) = LongestCopy(text, issuer.Length, at);
            if (length >= ShortestCopy || at - fresh == byte.MaxValue)
            {
                length = length >= ShortestCopy ? length : 0;
                WritePiece(ref writer, text[fresh..at], length, from);
                at += length;
                fresh = at;
            }
            else
            {
                at++;
            }
        }

        WritePiece(ref writer, text[fresh..], 0, 0);
        return !writer.Failed ? writer.Written.ToArray() : throw new InvalidOperationException("A certificate is too long.");
    }

    /// <summary>The certificate that was written, with the same issuer's octets.</summary>
    public static byte[] Read(ReadOnlySpan<byte> compact, ReadOnlySpan<byte> issuer)
    {
        var reader = new WireReader(compact);
        var certificate = new byte[reader.ReadUInt16()];
        for (var at = 0; reader.HasMore;)
        {
            var fresh = reader.ReadVector8();
            fresh.CopyTo(certificate.AsSpan(at));
            at += fresh.Length;
            var length = reader.ReadUInt8();
            int from = reader.ReadUInt16();
            var source = from < issuer.Length ? issuer : certificate;
            source.Slice(from < issuer.Length ? from : from - issuer.Length, length).CopyTo(certificate.AsSpan(at));
            at += length;
        }

        return certificate;
    }

    private static void WritePiece(ref WireWriter writer, ReadOnlySpan<byte> fresh, int copied, int from)
    {
        writer.WriteVector8(fresh);
        writer.WriteUInt8((byte)copied);
        writer.WriteUInt16((ushort)from);
    }

    /// <summary>The longest run before <paramref name="at"/> that comes again there, whole in one of the two certificates.</summary>
    private static (int From, int Length) LongestCopy(ReadOnlySpan<byte> text, int issuerLength, int at)
    {
        var (best, length) = (0, 0);
        if (text.Length - at < ShortestCopy)
        {
            return (best, length);
        }

        var wanted = text[at..Math.Min(text.Length, at + byte.MaxValue)];
        for (var from = 0; text[from..at].IndexOf(wanted[..ShortestCopy]) is >= 0 and var skipped; from++)
        {
            from += skipped;
            var here = text[from..(from < issuerLength ? issuerLength : at)].CommonPrefixLength(wanted);
            (best, length) = here > length ? (from, here) : (best, length);
        }

        return (best, length);
    }
}
