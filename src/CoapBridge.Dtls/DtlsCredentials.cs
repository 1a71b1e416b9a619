using System.Security.Cryptography;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls;

/// <summary>A certificate chain (DER, leaf first) and the key of its leaf.</summary>
/// <param name="Chain">The certificates that are sent, leaf first (RFC 5246 §7.4.2).</param>
/// <param name="Algorithm">SignatureAndHashAlgorithm of the signatures (RFC 5246 §7.4.1.4.1): 0x0403 for ECDSA on secp256r1.</param>
/// <param name="SignHash">Signs a SHA-256 hash; called on work threads, several at once.</param>
public sealed record DtlsCredentials(IReadOnlyList<byte[]> Chain, ushort Algorithm, Func<byte[], byte[]> SignHash)
{
    /// <summary>The body of their Certificate message: the same in every handshake.</summary>
    internal byte[] CertificateMessage { get; } = Handshake.Messages.CertificateMessage.Write(Chain);

    /// <summary>The usual case: an ECDSA key on secp256r1.</summary>
    public static DtlsCredentials FromEcdsa(IReadOnlyList<byte[]> chain, ECDsa key) => new(
        chain, SignatureScheme.EcdsaSecp256r1Sha256, hash => key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence));
}
