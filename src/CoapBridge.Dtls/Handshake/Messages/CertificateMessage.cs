using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>
/// <code>
/// opaque ASN.1Cert&lt;1..2^24-1&gt;;
/// struct { ASN.1Cert certificate_list&lt;0..2^24-1&gt;; } Certificate;   RFC 5246 §7.4.2
/// </code>
/// </summary>
internal static class CertificateMessage
{
    /// <summary>8 KiB of certificates with their lengths: a device's chain is small (RFC 7925 §4.4; REQUIREMENTS 7.16).</summary>
    public const int MaximumLength = 8192 + 32;

    /// <summary>A path of three and its anchor, with room for one that does not belong.</summary>
    private const int MaximumCount = 5;

    public static byte[] Write(IReadOnlyList<byte[]> chain)
    {
        var length = 3 + chain.Sum(certificate => 3 + certificate.Length);
        var bytes = new byte[length];
        var writer = new WireWriter(bytes);
        var list = writer.OpenVector24();
        foreach (var certificate in chain)
        {
            var entry = writer.OpenVector24();
            writer.WriteBytes(certificate);
            writer.Close(entry);
        }

        writer.Close(list);
        return bytes;
    }

    public static bool TryParse(ReadOnlySpan<byte> body, out IReadOnlyList<byte[]> chain)
    {
        var reader = new WireReader(body);
        var entries = new WireReader(reader.ReadVector24());
        var list = new List<byte[]>();
        while (entries.HasMore && list.Count <= MaximumCount)
        {
            list.Add(entries.ReadVector24(minimum: 1).ToArray());
        }

        chain = list;
        return reader.AtEnd && entries.AtEnd && list.Count <= MaximumCount;
    }
}
