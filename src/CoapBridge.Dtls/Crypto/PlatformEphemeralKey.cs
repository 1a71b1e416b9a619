using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>An ephemeral key of System.Security.Cryptography; owned by this object.</summary>
internal sealed class PlatformEphemeralKey(ECDiffieHellman key) : EphemeralKey
{
    public override byte[] PublicPoint { get; } = P256Point.Encode(key.ExportParameters(includePrivateParameters: false).Q);

    public override byte[]? Agree(ReadOnlySpan<byte> peerPoint)
    {
        if (!P256Point.IsUncompressed(peerPoint))
        {
            return null;
        }

        try
        {
            using var peer = ECDiffieHellman.Create(P256Point.Decode(peerPoint));
            using var peerKey = peer.PublicKey;
            return key.DeriveRawSecretAgreement(peerKey);
        }
        catch (CryptographicException)
        {
            // The import refuses points off the curve (RFC 8422 §5.11).
            return null;
        }
    }

    public override void Dispose() => key.Dispose();
}
