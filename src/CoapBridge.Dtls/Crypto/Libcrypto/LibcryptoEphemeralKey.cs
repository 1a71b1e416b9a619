using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>An ephemeral key of libcrypto.</summary>
internal sealed class LibcryptoEphemeralKey(LibcryptoP256 library, EvpKey key) : EphemeralKey
{
    private const int SecretLength = 32;

    public override byte[] PublicPoint { get; } = ReadPoint(key);

    public override byte[]? Agree(ReadOnlySpan<byte> peerPoint)
    {
        using var peer = library.TryImport(peerPoint);
        if (peer is null)
        {
            return null;
        }

        // The import has refused points off the curve (RFC 8422 §5.11). Its cofactor is 1, so no more need be asked:
        // libcrypto's own validation here multiplies by the order, which is as dear as the agreement.
        using var context = Libcrypto.NewContext(key, engine: 0);
        var secret = new byte[SecretLength];
        nuint length = SecretLength;
        if (!context.IsInvalid && Libcrypto.BeginDerive(context) == Libcrypto.Success
            && Libcrypto.SetPeer(context, peer, validate: 0) == Libcrypto.Success
            && Libcrypto.Derive(context, secret, ref length) == Libcrypto.Success && length == SecretLength)
        {
            return secret;
        }

        CryptographicOperations.ZeroMemory(secret);
        throw LibcryptoP256.Failed("agree on a secret");
    }

    public override void Dispose() => key.Dispose();

    private static byte[] ReadPoint(EvpKey key)
    {
        var point = new byte[P256Point.Length];
        return Libcrypto.GetOctets(key, "encoded-pub-key\0"u8, point, P256Point.Length, out var length) == Libcrypto.Success
            && length == P256Point.Length && P256Point.IsUncompressed(point)
            ? point : throw LibcryptoP256.Failed("tell a public key");
    }
}
