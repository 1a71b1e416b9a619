using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>
/// <code>
/// struct { ClientCertificateType certificate_types&lt;1..2^8-1&gt;;
///          SignatureAndHashAlgorithm supported_signature_algorithms&lt;2..2^16-2&gt;;
///          DistinguishedName certificate_authorities&lt;0..2^16-1&gt;; } CertificateRequest;   RFC 5246 §7.4.4
/// </code>
/// </summary>
internal static class CertificateRequest
{
    // RFC 8422 §5.5.
    private const byte EcdsaSign = 64;

    public static byte[] Write(IReadOnlyList<byte[]> authorities)
    {
        var bytes = new byte[16 + authorities.Sum(name => 2 + name.Length)];
        var writer = new WireWriter(bytes);
        writer.WriteVector8([EcdsaSign]);
        var algorithms = writer.OpenVector16();
        writer.WriteUInt16(SignatureScheme.EcdsaSecp256r1Sha256);
        writer.Close(algorithms);
        var names = writer.OpenVector16();
        foreach (var authority in authorities)
        {
            writer.WriteVector16(authority);
        }

        writer.Close(names);
        return writer.Written.ToArray();
    }

    /// <summary>Whether the message is well-formed and lets a client sign with an ECDSA key.</summary>
    public static DtlsFault Check(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        var types = reader.ReadVector8(minimum: 1);
        var algorithms = reader.ReadVector16(minimum: 2);
        reader.ReadVector16();
        return !reader.AtEnd || algorithms.Length % 2 != 0 ? DtlsFault.DecodeError
            : types.Contains(EcdsaSign) ? DtlsFault.None : DtlsFault.IllegalParameter;
    }
}
