using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>secp256r1 through System.Security.Cryptography: everywhere, and three times as dear.</summary>
internal sealed class PlatformP256 : P256
{
    public override EphemeralKey CreateEphemeralKey() => new PlatformEphemeralKey(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));

    private protected override bool Verify(
        ReadOnlySpan<byte> point, ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> der, ReadOnlySpan<byte> fixedLength)
    {
        try
        {
            using var key = ECDsa.Create(P256Point.Decode(point));
            return key.VerifyHash(sha256, fixedLength, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
