using CoapBridge.Dtls.Crypto;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary><c>struct { opaque point &lt;1..2^8-1&gt;; } ClientECDiffieHellmanPublic;</c> RFC 8422 §5.7.</summary>
internal static class ClientKeyExchange
{
    public static byte[] Write(ReadOnlySpan<byte> point) => [(byte)point.Length, .. point];

    public static DtlsFault Parse(ReadOnlySpan<byte> body, out byte[] point)
    {
        var reader = new WireReader(body);
        point = reader.ReadVector8(minimum: 1).ToArray();
        return !reader.AtEnd ? DtlsFault.DecodeError
            // RFC 8422 §5.7: uncompressed only. Whether the point is on the curve is the key agreement's question.
            : P256Point.IsUncompressed(point) ? DtlsFault.None : DtlsFault.IllegalParameter;
    }
}
