namespace CoapBridge.Dtls.Crypto;

/// <summary>
/// The secp256r1 arithmetic of handshakes: ephemeral keys and the check of signatures. There are two libraries for it;
/// which one is used is settled once, when the process first asks. Our own signature is the configured key's and passes
/// by here, so that the key may live in a token.
/// </summary>
internal abstract class P256
{
    /// <summary>libcrypto where it can be called directly, else the platform.</summary>
    public static P256 Chosen { get; } = LibcryptoP256.TryLoad() ?? (P256)new PlatformP256();

    /// <summary>A fresh key for one handshake. Any number of threads may ask at once.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The library could not make one.</exception>
    public abstract EphemeralKey CreateEphemeralKey();

    /// <summary>ecdsa-with-SHA256 by the key with this public point (65 bytes). Malformed signatures and points are simply false.</summary>
    public bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> signature)
    {
        Span<byte> fixedLength = stackalloc byte[EcdsaSignature.FixedLength];
        return P256Point.IsUncompressed(point) && sha256.Length == 32 && EcdsaSignature.TryDecode(signature, fixedLength)
            && Verify(point, sha256, signature, fixedLength);
    }

    /// <param name="point">0x04, x, y; perhaps not on the curve.</param>
    /// <param name="sha256">32 bytes.</param>
    /// <param name="der">The signature in strict DER.</param>
    /// <param name="fixedLength">The same signature as r and s, 32 bytes each.</param>
    private protected abstract bool Verify(
        ReadOnlySpan<byte> point, ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> der, ReadOnlySpan<byte> fixedLength);
}
