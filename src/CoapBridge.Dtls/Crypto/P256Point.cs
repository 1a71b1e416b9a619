using System.Security.Cryptography;

namespace CoapBridge.Dtls.Crypto;

/// <summary>Uncompressed points of secp256r1: 0x04, x, y (RFC 8422 §5.4.1). No other form is spoken.</summary>
internal static class P256Point
{
    public const int Length = 65;

    private const int Coordinate = 32;
    private const byte Uncompressed = 4;

    public static byte[] Encode(ECPoint point) => [Uncompressed, .. point.X!, .. point.Y!];

    /// <summary>Has it the form? Whether it is on the curve is asked by whoever imports it.</summary>
    public static bool IsUncompressed(ReadOnlySpan<byte> point) => point.Length == Length && point[0] == Uncompressed;

    /// <param name="point">For which <see cref="IsUncompressed"/> holds.</param>
    public static ECParameters Decode(ReadOnlySpan<byte> point) => new()
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = point.Slice(1, Coordinate).ToArray(), Y = point[(1 + Coordinate)..].ToArray() },
    };

    /// <summary>ecdsa-with-SHA256 by the key with this public point. Malformed signatures and points are simply false.</summary>
    public static bool Verify(ReadOnlySpan<byte> point, ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> signature) =>
        P256.Chosen.Verify(point, sha256, signature);
}
