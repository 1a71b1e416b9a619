using System.Security.Cryptography;
using System.Text;
using CoapBridge.Identity;
using static CoapBridge.Tests.Identity.Mint;
using static CoapBridge.Tests.Identity.RawCertificate;

namespace CoapBridge.Tests.Identity;

/// <summary>ATTACKS F12, F15, F17, F18, F28, F29; REQUIREMENTS 10.01, 10.03, 10.09, 10.15.</summary>
public sealed class CertificateFormatTests
{
    private static readonly byte[] Good = Ca.Issue(Device).Der;

    [Fact]
    public void A_raw_certificate_with_nothing_wrong_is_let_in() => AssertAccepted(JudgeRaw(_ => { }));

    [Fact]
    public void Every_prefix_fails_and_one_byte_more_fails()
    {
        for (var length = 0; length < Good.Length; length++)
        {
            AssertRefused(RefusalReason.Malformed, Judge(Good[..length]));
        }

        AssertRefused(RefusalReason.Malformed, Judge([.. Good, 0]));
    }

    [Theory]
    [InlineData("0200", "empty")]
    [InlineData("020100", "zero")]
    [InlineData("0201FF", "negative")]
    [InlineData("02020001", "padded")]
    [InlineData("0215010203040506070809101112131415161718192021", "21 octets")]
    [InlineData("0A0101", "an ENUMERATED")]
    public void A_serial_number_must_be_positive_with_at_most_20_octets(string serial, string why)
    {
        Assert.NotEmpty(why);
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Serial = Convert.FromHexString(serial)));
    }

    [Fact]
    public void A_serial_number_of_20_octets_is_fine() =>
        AssertAccepted(JudgeRaw(raw => raw.Serial = Convert.FromHexString("02147F02030405060708091011121314151617181920")));

    [Theory]
    [InlineData("")]
    [InlineData("A003020100")]
    [InlineData("A003020101")]
    [InlineData("A003020103")]
    [InlineData("A00402020002")]
    public void Only_version_3_is_known(string version) =>
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Version = Convert.FromHexString(version)));

    [Fact]
    public void The_algorithm_inside_must_be_the_one_outside() =>
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.OuterAlgorithm = Convert.FromHexString("300A06082A8648CE3D040303")));

    [Fact]
    public void Parameters_in_the_ECDSA_algorithm_are_not_ours() =>
        AssertRefused(RefusalReason.SignatureAlgorithm, JudgeRaw(raw => raw.Algorithm = Convert.FromHexString("300C06082A8648CE3D0403020500")));

    [Fact]
    public void Indefinite_and_long_lengths_of_BER_are_refused()
    {
        AssertRefused(RefusalReason.Malformed, Judge([0x30, 0x80, .. Good[4..], 0, 0]));
        AssertRefused(RefusalReason.Malformed, Judge([0x30, 0x83, 0, .. Good[2..]]));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Serial = [0x02, 0x81, 0x01, 0x01]));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Extensions = [Extension("551D0F", true, [0x23, 0x04, .. DigitalSignature])]));
    }

    [Theory]
    [InlineData("010101")]
    [InlineData("010100")]
    [InlineData("0102FFFF")]
    public void A_BOOLEAN_is_TRUE_as_FF_or_absent(string critical)
    {
        var octets = Convert.FromHexString(critical);
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw =>
            raw.Extensions = [Tlv(0x30, Tlv(0x06, Convert.FromHexString("551D0F")), octets, Tlv(0x04, DigitalSignature))]));
    }

    [Fact]
    public void No_extension_comes_twice()
    {
        var usage = Extension("551D0F", true, DigitalSignature);
        var first = Extension("551D11", false, Tlv(0x30, Tlv(0x82, "a"u8)));
        var second = Extension("551D11", false, Tlv(0x30, Tlv(0x82, "b"u8)));
        var notCa = Extension("551D13", false, [0x30, 0]);
        AssertAccepted(JudgeRaw(raw => raw.Extensions = [usage, first, notCa]));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Extensions = [usage, usage]));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Extensions = [usage, first, second]));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Extensions = [usage, notCa, notCa]));
    }

    [Theory]
    [InlineData("551D0F", "030100", RefusalReason.KeyUsage)] // no bit at all
    [InlineData("551D0F", "03020080", RefusalReason.Malformed)] // trailing zero bits
    [InlineData("551D0F", "03020781", RefusalReason.Malformed)] // unused bit set
    [InlineData("551D0F", "03020880", RefusalReason.Malformed)]
    [InlineData("551D0F", "0302078000", RefusalReason.Malformed)]
    [InlineData("551D13", "3003010101", RefusalReason.Malformed)] // CVE-2026-49300: a BOOLEAN that is neither
    [InlineData("551D13", "3003020100", RefusalReason.Malformed)] // pathLen without cA
    [InlineData("551D13", "", RefusalReason.Malformed)]
    [InlineData("551D25", "3000", RefusalReason.Malformed)] // EKU without a purpose
    [InlineData("551D11", "3000", RefusalReason.Malformed)] // SAN without a name
    [InlineData("551D11", "3007870501020304 05", RefusalReason.Malformed)] // an address of 5 octets
    [InlineData("551D11", "30038201 00", RefusalReason.Malformed)] // NUL in a DNS name
    [InlineData("551D23", "0400", RefusalReason.Malformed)]
    public void Broken_extension_values_are_refused(string oid, string value, RefusalReason reason)
    {
        var octets = Convert.FromHexString(value.Replace(" ", "", StringComparison.Ordinal));
        AssertRefused(reason, JudgeRaw(raw =>
        {
            raw.Extensions = oid == "551D0F" ? [] : raw.Extensions;
            raw.Extensions.Add(Extension(oid, false, octets));
        }));
    }

    [Fact]
    public void Too_many_extensions_or_entries_are_refused()
    {
        static byte[] Numbered(int i) => Extension("2B0601040183" + (i / 128 + 0x80).ToString("X2") + (i % 128).ToString("X2"), false, [5, 0]);
        static byte[] Names(int count) =>
            Extension("551D11", false, Tlv(0x30, [.. Enumerable.Range(0, count).Select(i => Tlv(0x82, Encoding.ASCII.GetBytes($"n{i}")))]));
        AssertAccepted(JudgeRaw(raw => raw.Extensions.AddRange(Enumerable.Range(129, 31).Select(Numbered))));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Extensions.AddRange(Enumerable.Range(129, 32).Select(Numbered))));
        AssertAccepted(JudgeRaw(raw => raw.Extensions.Add(Names(32))));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.Extensions.Add(Names(33))));
    }

    [Fact]
    public void More_than_8_KiB_are_refused_before_anything_is_parsed()
    {
        AssertRefused(RefusalReason.Malformed, Judge(new byte[CertificateLimits.MaxListOctets + 1]));
        AssertRefused(RefusalReason.Malformed, Judge(Good, new byte[CertificateLimits.MaxListOctets - Good.Length + 1]));
        var huge = Judge(new byte[60 * 1024]);
        Assert.Contains("61440 octets", huge.Detail, StringComparison.Ordinal);
        AssertRefused(RefusalReason.Malformed, Judge([0x30, 0x84, 0x00, 0xA0, 0x00, 0x00]));
    }

    [Theory]
    [InlineData(0x17, "491231235959Z", true)] // 2049
    [InlineData(0x17, "500101000000Z", false)] // 1950: long over
    [InlineData(0x18, "99991231235959Z", true)]
    [InlineData(0x18, "20500101000000Z", true)]
    [InlineData(0x18, "20491231235959Z", null)] // must be UTCTime
    [InlineData(0x18, "99991231235959", null)]
    [InlineData(0x18, "20500101000000.5Z", null)]
    [InlineData(0x18, "20500101000000+0100", null)]
    [InlineData(0x18, "20500230000000Z", null)]
    [InlineData(0x18, "00000101000000Z", null)]
    [InlineData(0x17, "4912312359Z", null)] // no seconds
    [InlineData(0x17, "490230000000Z", null)]
    [InlineData(0x17, "491301000000Z", null)]
    [InlineData(0x17, "490001000000Z", null)]
    [InlineData(0x17, "490100000000Z", null)]
    [InlineData(0x17, "490101240000Z", null)]
    [InlineData(0x17, "490101006000Z", null)]
    [InlineData(0x17, "490101000060Z", null)]
    [InlineData(0x17, "4901010000 0Z", null)]
    [InlineData(0x17, "", null)]
    [InlineData(0x0C, "491231235959Z", null)]
    public void Times_are_read_as_RFC_5280_has_them(byte tag, string text, bool? accepted)
    {
        var verdict = JudgeRaw(raw => raw.NotAfter = Tlv(tag, Encoding.ASCII.GetBytes(text)));
        if (accepted == true)
        {
            AssertAccepted(verdict);
        }
        else
        {
            AssertRefused(accepted is null ? RefusalReason.Malformed : RefusalReason.Expired, verdict);
        }
    }

    [Fact]
    public void A_key_must_be_a_point_of_P256()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = key.ExportSubjectPublicKeyInfo();
        var algorithm = good[2..23];
        var offCurve = good[26..].ToArray();
        offCurve[^1] ^= 1;
        AssertAccepted(JudgeRaw(raw => raw.PublicKey = Tlv(0x30, algorithm, Tlv(0x03, [0], good[26..]))));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.PublicKey = Tlv(0x30, algorithm, Tlv(0x03, [0], offCurve))));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.PublicKey = Tlv(0x30, algorithm, [0x03, 0x01, 0x00])));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.PublicKey = Tlv(0x30, algorithm, [0x03, 0x00])));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.PublicKey = Tlv(0x30, algorithm, [0x03, 0x02, 0x00, 0x00])));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.PublicKey = Tlv(0x30, algorithm, Tlv(0x03, [0], good[26..^1]))));
        AssertRefused(RefusalReason.Malformed, JudgeRaw(raw => raw.PublicKey = Tlv(0x30, algorithm, Tlv(0x03, [0, 4], [.. Enumerable.Repeat((byte)0xFF, 64)]))));
        AssertRefused(RefusalReason.KeyType, JudgeRaw(raw => raw.PublicKey = Tlv(0x30, algorithm, Tlv(0x03, [0], [2], good[27..59]))));
    }

    [Fact]
    public void Random_points_are_judged_as_the_platform_judges_them()
    {
        for (var i = 0; i < 20; i++)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var point = key.ExportSubjectPublicKeyInfo()[26..];
            Assert.True(P256Point.IsOnCurve(point));
            point[1 + (3 * i)] ^= 0x10;
            Assert.ThrowsAny<CryptographicException>(() => ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = { X = point[1..33], Y = point[33..] },
            }));
            Assert.False(P256Point.IsOnCurve(point));
        }
    }
}
