using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>Uncompressed points of secp256r1: 0x04, x, y (RFC 8422 §5.4.1). No other form is spoken.</summary>
internal static class P256Point
{
    public const int Length = 65;

    private const int Coordinate = 32;
    private const byte Uncompressed = 4;

    public static byte[] Encode(ECPoint point) => [Uncompressed, .. point.X!, .. point.Y!];

    public static bool TryDecode(ReadOnlySpan<byte> point, out ECParameters parameters)
    {
        parameters = default;
        if (point.Length != Length || point[0] != Uncompressed)
        {
            return false;
        }

        parameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point.Slice(1, Coordinate).ToArray(), Y = point[(1 + Coordinate)..].ToArray() },
        };
        return true;
    }

    /// <summary>ecdsa-with-SHA256 by the key with this public point. Malformed signatures and points are simply false.</summary>
    public static bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> signature)
    {
        Span<byte> fixedLength = stackalloc byte[EcdsaSignature.FixedLength];
        if (!TryDecode(point, out var parameters) || sha256.Length != SHA256.HashSizeInBytes
            || !EcdsaSignature.TryDecode(signature, fixedLength))
        {
            return false;
        }

        try
        {
            using var key = ECDsa.Create(parameters);
            return key.VerifyHash(sha256, fixedLength, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
