using CoapBridge.Wire;

namespace CoapBridge.Dtls.Handshake.Messages;

/// <summary>
/// <code>
/// struct { SignatureAndHashAlgorithm algorithm; opaque signature&lt;0..2^16-1&gt;; } DigitallySigned;   RFC 5246 §4.7, §7.4.8
/// </code>
/// </summary>
internal readonly record struct CertificateVerify(ushort Algorithm, byte[] Signature)
{
    public byte[] ToBytes()
    {
        var bytes = new byte[4 + Signature.Length];
        var writer = new WireWriter(bytes);
        writer.WriteUInt16(Algorithm);
        writer.WriteVector16(Signature);
        return bytes;
    }

    public static bool TryParse(ReadOnlySpan<byte> body, out CertificateVerify message)
    {
        var reader = new WireReader(body);
        message = new CertificateVerify(reader.ReadUInt16(), reader.ReadVector16().ToArray());
        return reader.AtEnd;
    }
}
