using CoapBridge.Dtls.Records;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>
/// <code>
/// struct { ProtocolVersion server_version; opaque cookie&lt;0..2^8-1&gt;; } HelloVerifyRequest;   RFC 6347 §4.2.1
/// </code>
/// </summary>
internal static class HelloVerifyRequest
{
    public static void Write(ref WireWriter writer, scoped ReadOnlySpan<byte> cookie)
    {
        // RFC 6347 §4.2.1: the version here is DTLS 1.0 whatever will be negotiated.
        writer.WriteUInt16(DtlsVersion.Dtls10);
        writer.WriteVector8(cookie);
    }

    public static bool TryParse(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> cookie)
    {
        var reader = new WireReader(body);
        reader.ReadUInt16();
        cookie = reader.ReadVector8();
        return reader.AtEnd;
    }
}
