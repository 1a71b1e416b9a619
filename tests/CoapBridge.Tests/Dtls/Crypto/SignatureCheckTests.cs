using System.Numerics;
using System.Security.Cryptography;
using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Tests.Dtls.Crypto;

public sealed class SignatureCheckTests
{
    private const string Order = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";

    public static TheoryData<string> Libraries => P256Libraries.Names;

    /// <summary>RFC 6979 §A.2.5, P-256 with SHA-256, message "sample".</summary>
    [Theory]
    [MemberData(nameof(Libraries))]
    public void The_published_signature_verifies(string name)
    {
        byte[] point =
        [
            4, .. Convert.FromHexString("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"),
            .. Convert.FromHexString("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"),
        ];
        var r = Convert.FromHexString("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716");
        var s = Convert.FromHexString("F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
        var library = P256Libraries.Of(name);
        Assert.True(library.Verify(point, SHA256.HashData("sample"u8), Der(r, s)));
        Assert.False(library.Verify(point, SHA256.HashData("test"u8), Der(r, s)));
        Assert.False(library.Verify(point, SHA256.HashData("sample"u8), Der(s, r)));

        // n - s is the other half of every signature: it is valid too.
        Assert.True(library.Verify(point, SHA256.HashData("sample"u8), Der(r, Minus(Order, s))));
    }

    [Fact]
    public void Both_libraries_say_the_same_of_signatures_good_and_spoilt()
    {
        const int Seed = 21;
        var random = new Random(Seed);
        var (platform, libcrypto) = (P256Libraries.Of("platform"), P256Libraries.Of("libcrypto"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = P256Point.Encode(key.ExportParameters(false).Q);
        var good = 0;
        for (var round = 0; round < 1500; round++)
        {
            var hash = SHA256.HashData(BitConverter.GetBytes(round));
            var signature = key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
            var (itsPoint, itsHash, itsSignature) = (point.ToArray(), hash.ToArray(), signature.ToArray());
            var spoilt = round % 4 == 3 ? [] : round % 4 == 0 ? itsSignature : round % 4 == 1 ? itsHash : itsPoint;
            if (spoilt.Length > 0)
            {
                spoilt[random.Next(spoilt.Length)] ^= (byte)(1 << random.Next(8));
            }

            var expected = platform.Verify(itsPoint, itsHash, itsSignature);
            Assert.True(expected == libcrypto.Verify(itsPoint, itsHash, itsSignature), $"seed {Seed}, round {round}");
            Assert.Equal(spoilt.Length == 0, expected);
            good += expected ? 1 : 0;
        }

        Assert.Equal(375, good);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Numbers_outside_1_to_n_minus_1_are_no_signature(string name)
    {
        var library = P256Libraries.Of(name);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = P256Point.Encode(key.ExportParameters(false).Q);
        var hash = SHA256.HashData("x"u8);
        var fixedLength = key.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var (r, s) = (fixedLength[..32], fixedLength[32..]);
        Assert.True(library.Verify(point, hash, Der(r, s)));
        byte[] n = Convert.FromHexString(Order);
        byte[][] bad = [[0], n, Plus(n, 1), Plus(n, r), Plus(n, s), [.. Enumerable.Repeat((byte)0xFF, 32)], [1, .. new byte[32]], [.. r, 0]];
        foreach (var number in bad)
        {
            Assert.False(library.Verify(point, hash, Der(number, s)), $"r = {Convert.ToHexString(number)}");
            Assert.False(library.Verify(point, hash, Der(r, number)), $"s = {Convert.ToHexString(number)}");
            Assert.False(library.Verify(point, hash, Der(number, number)), $"r = s = {Convert.ToHexString(number)}");
        }

        Assert.False(library.Verify(point, hash, Der([1], [1])));
        Assert.False(library.Verify(point, hash, Der(n[..^1], [1])));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Only_strict_DER_is_a_signature(string name)
    {
        var library = P256Libraries.Of(name);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = P256Point.Encode(key.ExportParameters(false).Q);
        var hash = SHA256.HashData("x"u8);

        // r below 2^255, so that it has neither a leading zero nor a sign.
        byte[] r, s;
        do
        {
            var fixedLength = key.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            (r, s) = (fixedLength[..32], fixedLength[32..]);
        }
        while (r[0] is 0 or >= 0x80 || s[0] < 0x80);

        byte[] integerR = [2, 32, .. r], integerS = [2, 33, 0, .. s];
        byte[] good = [0x30, 69, .. integerR, .. integerS];
        Assert.True(library.Verify(point, hash, good));
        foreach (var (what, bad) in NotStrict(good, r, s, integerR, integerS))
        {
            Assert.False(library.Verify(point, hash, bad), what);
        }

        for (var length = 0; length < good.Length; length++)
        {
            Assert.False(library.Verify(point, hash, good.AsSpan(0, length)), $"the first {length} bytes");
        }
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_point_that_is_none_verifies_nothing(string name)
    {
        var library = P256Libraries.Of(name);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = P256Point.Encode(key.ExportParameters(false).Q);
        var hash = SHA256.HashData("x"u8);
        var signature = key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
        foreach (var (what, bad) in KeyAgreementTests.NotPoints(point))
        {
            Assert.False(library.Verify(bad, hash, signature), what);
        }

        Assert.False(library.Verify(point, hash.AsSpan(0, 31), signature), "a short hash");
        Assert.False(library.Verify(point, [.. hash, 0], signature), "a long hash");
        Assert.True(library.Verify(point, hash, signature));
    }

    private static IEnumerable<(string What, byte[] Der)> NotStrict(byte[] good, byte[] r, byte[] s, byte[] integerR, byte[] integerS)
    {
        yield return ("a zero too many before r", [0x30, 70, 2, 33, 0, .. r, .. integerS]);
        yield return ("a zero too many before s", [0x30, 70, .. integerR, 2, 34, 0, 0, .. s]);
        yield return ("negative s", [0x30, 68, .. integerR, 2, 32, .. s]);
        yield return ("long form of the sequence's length", [0x30, 0x81, 69, .. good[2..]]);
        yield return ("long form of r's length", [0x30, 70, 2, 0x81, 32, .. r, .. integerS]);
        yield return ("indefinite length", [0x30, 0x80, .. good[2..], 0, 0]);
        yield return ("a byte after", [.. good, 0]);
        yield return ("a byte after, inside", [0x30, 70, .. good[2..], 0]);
        yield return ("a NULL after, inside", [0x30, 71, .. good[2..], 5, 0]);
        yield return ("only r", [0x30, 34, .. integerR]);
        yield return ("three numbers", [0x30, 103, .. good[2..], .. integerR]);
        yield return ("a set", [0x31, .. good[1..]]);
        yield return ("r as an octet string", [0x30, 69, 4, .. good[3..]]);
        yield return ("r without content", [0x30, 37, 2, 0, .. integerS]);
        yield return ("fixed length", [.. r, .. s]);
    }

    private static byte[] Der(byte[] r, byte[] s)
    {
        byte[] content = [.. Integer(r), .. Integer(s)];
        return [0x30, (byte)content.Length, .. content];
    }

    private static byte[] Integer(byte[] value)
    {
        var bytes = new BigInteger(value, isUnsigned: true, isBigEndian: true).ToByteArray(isUnsigned: false, isBigEndian: true);
        return [2, (byte)bytes.Length, .. bytes];
    }

    private static byte[] Plus(byte[] one, byte[] two) => Bytes(Number(one) + Number(two));

    private static byte[] Plus(byte[] one, int two) => Bytes(Number(one) + two);

    private static byte[] Minus(string from, byte[] value) => Bytes(Number(Convert.FromHexString(from)) - Number(value));

    private static byte[] Bytes(BigInteger value) => value.ToByteArray(isUnsigned: true, isBigEndian: true);

    private static BigInteger Number(byte[] value) => new(value, isUnsigned: true, isBigEndian: true);
}
