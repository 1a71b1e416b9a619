using System.Security.Cryptography;
using CoapBridge.Dtls.Crypto;
using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>
/// <code>
/// struct { ECCurveType curve_type; NamedCurve namedcurve; opaque point&lt;1..2^8-1&gt;; } ServerECDHParams;
/// struct { ServerECDHParams params; SignatureAndHashAlgorithm algorithm; opaque signature&lt;0..2^16-1&gt;; }   RFC 8422 §5.4
/// </code>
/// </summary>
internal readonly record struct ServerKeyExchange(byte[] Point, ushort Algorithm, byte[] Signature)
{
    private const byte NamedCurve = 3;

    public byte[] ToBytes()
    {
        var writer = new WireWriter(stackalloc byte[512]);
        WriteParameters(ref writer, Point);
        writer.WriteUInt16(Algorithm);
        writer.WriteVector16(Signature);
        return writer.Written.ToArray();
    }

    public static DtlsFault Parse(ReadOnlySpan<byte> body, out ServerKeyExchange message)
    {
        var reader = new WireReader(body);
        var curveType = reader.ReadUInt8();
        var curve = reader.ReadUInt16();
        var point = reader.ReadVector8(minimum: 1).ToArray();
        message = new ServerKeyExchange(point, reader.ReadUInt16(), reader.ReadVector16().ToArray());
        return !reader.AtEnd ? DtlsFault.DecodeError
            : curveType != NamedCurve || curve != NamedGroup.Secp256r1 || point.Length != P256Point.Length ? DtlsFault.IllegalParameter
            : message.Algorithm != SignatureScheme.EcdsaSecp256r1Sha256 ? DtlsFault.IllegalParameter
            : DtlsFault.None;
    }

    /// <summary>What the server signs: both randoms and the parameters (RFC 8422 §5.4).</summary>
    public static byte[] SignedHash(HelloRandoms randoms, ReadOnlySpan<byte> point)
    {
        var writer = new WireWriter(stackalloc byte[256]);
        writer.WriteBytes(randoms.Client);
        writer.WriteBytes(randoms.Server);
        WriteParameters(ref writer, point);
        return SHA256.HashData(writer.Written);
    }

    private static void WriteParameters(ref WireWriter writer, scoped ReadOnlySpan<byte> point)
    {
        writer.WriteUInt8(NamedCurve);
        writer.WriteUInt16(NamedGroup.Secp256r1);
        writer.WriteVector8(point);
    }
}
