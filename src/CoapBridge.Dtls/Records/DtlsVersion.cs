namespace CoapBridge.Dtls.Records;

/// <summary>Versions on the wire: ones' complement, so a newer version is a smaller number (RFC 6347 §4.1).</summary>
internal static class DtlsVersion
{
    public const ushort Dtls10 = 0xFEFF;
    public const ushort Dtls12 = 0xFEFD;
}
