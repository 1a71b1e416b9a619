using System.Numerics;
using System.Security.Cryptography;
using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Tests.Dtls.Crypto;

public sealed class KeyAgreementTests
{
    private static readonly BigInteger Prime = Number("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF");

    public static TheoryData<string> Libraries => P256Libraries.Names;

    [Fact]
    public void On_Linux_with_OpenSSL_3_libcrypto_is_called_directly()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && SafeEvpPKeyHandle.OpenSslVersion >= 0x30000000L, "no OpenSSL 3 here");
        Assert.IsType<LibcryptoP256>(P256.Chosen);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Two_keys_agree_whichever_libraries_made_them(string name)
    {
        foreach (var other in new[] { P256Libraries.Of(name), P256Libraries.Other(name) })
        {
            for (var round = 0; round < 200; round++)
            {
                using var one = P256Libraries.Of(name).CreateEphemeralKey();
                using var two = other.CreateEphemeralKey();
                Assert.True(P256Point.IsUncompressed(one.PublicPoint));
                Assert.NotEqual(one.PublicPoint, two.PublicPoint);
                var secret = one.Agree(two.PublicPoint);
                Assert.Equal(32, secret!.Length);
                Assert.Equal(secret, two.Agree(one.PublicPoint));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_secret_keeps_its_leading_zeros(string name)
    {
        using var ours = P256Libraries.Of(name).CreateEphemeralKey();
        for (var attempt = 0; attempt < 5000; attempt++)
        {
            using var theirs = P256Libraries.Of("platform").CreateEphemeralKey();
            var secret = ours.Agree(theirs.PublicPoint)!;
            Assert.Equal(32, secret.Length);
            if (secret[0] == 0)
            {
                Assert.Equal(theirs.Agree(ours.PublicPoint), secret);
                return;
            }
        }

        Assert.Fail("No secret with a leading zero in 5,000.");
    }

    /// <summary>The first vector of NIST's CAVP file KAS_ECC_CDH_PrimitiveTest for P-256.</summary>
    [Fact]
    public void The_platforms_side_gives_the_published_answer()
    {
        var peer = Point(
            "700C48F77F56584C5CC632CA65640DB91B6BACCE3A4DF6B42CE7CC838833D287",
            "DB71E509E3FD9B060DDB20BA5C51DCC5948D46FBF640DFE0441782CAB85FA4AC");
        using var key = new PlatformEphemeralKey(ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = Convert.FromHexString("7D7DC5F71EB29DDAF80D6214632EEAE03D9058AF1FB6D22ED80BADB62BC1A534"),
        }));
        Assert.Equal("46FC62106420FF012E54A434FBDD2D25CCC5852060561E68040DD7778997BD7B", Convert.ToHexString(key.Agree(peer)!));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void What_is_not_a_point_of_the_curve_is_refused(string name)
    {
        using var ours = P256Libraries.Of(name).CreateEphemeralKey();
        using var peer = P256Libraries.Of(name).CreateEphemeralKey();
        Assert.NotNull(ours.Agree(peer.PublicPoint));
        foreach (var (what, point) in NotPoints(peer.PublicPoint))
        {
            Assert.True(ours.Agree(point) is null, what);
        }

        // A refusal leaves nothing behind that spoils the next agreement.
        Assert.Equal(ours.Agree(peer.PublicPoint), peer.Agree(ours.PublicPoint));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Points_at_the_edges_of_the_field_are_points(string name)
    {
        using var ours = P256Libraries.Of(name).CreateEphemeralKey();
        using var again = P256Libraries.Other(name).CreateEphemeralKey();
        var found = 0;
        for (var x = 0; x < 40; x++)
        {
            foreach (var candidate in new[] { new BigInteger(x), Prime - x - 1 })
            {
                if (YOf(candidate) is { } y)
                {
                    found++;
                    Assert.NotNull(ours.Agree(Encode(candidate, y)));
                    Assert.Equal(ours.Agree(Encode(candidate, y)), ours.Agree(Encode(candidate, Prime - y)));
                    Assert.NotNull(again.Agree(Encode(candidate, y)));
                }
            }
        }

        Assert.True(found > 20);
    }

    internal static IEnumerable<(string What, byte[] Point)> NotPoints(byte[] good)
    {
        var (x, y) = (good[1..33], good[33..]);
        yield return ("empty", []);
        yield return ("infinity in one byte", [0]);
        yield return ("infinity in 65 bytes", new byte[65]);
        yield return ("the origin", [4, .. new byte[64]]);
        yield return ("off the curve", [.. good[..^1], (byte)(good[^1] ^ 1)]);
        yield return ("x and y exchanged", [4, .. y, .. x]);
        yield return ("compressed", [(byte)(2 + (y[^1] & 1)), .. x]);
        yield return ("hybrid", [(byte)(6 + (y[^1] & 1)), .. x, .. y]);
        yield return ("one byte too few", good[..^1]);
        yield return ("one byte too many", [.. good, 0]);
        yield return ("y is the prime", [4, .. x, .. Bytes(Prime)]);
        yield return ("all ones", [4, .. Enumerable.Repeat((byte)0xFF, 64)]);

        // The same number written as x + p is another encoding of it, and none (SEC 1 §2.3.4).
        for (var small = 0; small < 40; small++)
        {
            if (YOf(small) is { } root)
            {
                yield return ($"x = p + {small}", Encode(Prime + small, root));
            }
        }

        yield return ("a point of y² = x³ - 3x + 3", [4, .. Bytes(1), .. Bytes(1)]);
    }

    private static byte[] Point(string x, string y) => [4, .. Convert.FromHexString(x), .. Convert.FromHexString(y)];

    private static byte[] Encode(BigInteger x, BigInteger y) => [4, .. Bytes(x), .. Bytes(y)];

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }

    private static BigInteger Number(string hex) => BigInteger.Parse("0" + hex, System.Globalization.NumberStyles.HexNumber);

    /// <summary>A root of x³ - 3x + b; p = 3 mod 4, so it is a power.</summary>
    private static BigInteger? YOf(BigInteger x)
    {
        var b = Number("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B");
        var square = (((((x * x * x) - (3 * x) + b) % Prime) + Prime) % Prime);
        var root = BigInteger.ModPow(square, (Prime + 1) / 4, Prime);
        return root * root % Prime == square ? root : null;
    }
}
