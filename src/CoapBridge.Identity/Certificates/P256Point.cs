using System.Globalization;
using System.Numerics;

namespace CoapBridge.Identity;

/// <summary>
/// Is a point on secp256r1 (SEC 1 §3.2.2.1)? The platform's key import answers that too, but costs a hundred times as
/// much. The cofactor is 1 and the uncompressed form cannot say "infinity", so being on the curve is being valid.
/// Public values only: the time this takes tells nobody anything.
/// </summary>
internal static class P256Point
{
    private static readonly BigInteger Prime = Hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    private static readonly BigInteger B = Hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");

    /// <param name="point">65 octets: 0x04, X, Y.</param>
    public static bool IsOnCurve(ReadOnlySpan<byte> point)
    {
        var x = new BigInteger(point[1..33], isUnsigned: true, isBigEndian: true);
        var y = new BigInteger(point[33..65], isUnsigned: true, isBigEndian: true);
        return x < Prime && y < Prime && ((y * y) - (x * x * x) + (3 * x) - B) % Prime == BigInteger.Zero;
    }

    private static BigInteger Hex(string digits) =>
        BigInteger.Parse("0" + digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
