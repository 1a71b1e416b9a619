using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>One side's ECDHE key on secp256r1: made for one handshake, used once (RFC 8422 §5.10, §5.11).</summary>
internal sealed class EphemeralKey : IDisposable
{
    private readonly ECDiffieHellman _key;

    public EphemeralKey(ECDiffieHellman key)
    {
        _key = key;
        PublicPoint = P256Point.Encode(key.ExportParameters(includePrivateParameters: false).Q);
    }

    /// <summary>65 bytes: 0x04, x, y.</summary>
    public byte[] PublicPoint { get; }

    /// <summary>The x coordinate, 32 bytes with leading zeros kept; null when the peer's point is not on the curve.</summary>
    public byte[]? Agree(ReadOnlySpan<byte> peerPoint)
    {
        if (!P256Point.TryDecode(peerPoint, out var parameters))
        {
            return null;
        }

        try
        {
            using var peer = ECDiffieHellman.Create(parameters);
            using var peerKey = peer.PublicKey;
            return _key.DeriveRawSecretAgreement(peerKey);
        }
        catch (CryptographicException)
        {
            // The import refuses points off the curve (RFC 8422 §5.11).
            return null;
        }
    }

    public void Dispose() => _key.Dispose();
}
