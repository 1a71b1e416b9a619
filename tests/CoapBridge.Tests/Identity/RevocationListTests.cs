using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.Mint;
using static CoapBridge.Tests.Identity.RawRevocationList;

namespace CoapBridge.Tests.Identity;

/// <summary>ATTACKS F27; REQUIREMENTS 10.17; RFC 5280 §5, §6.3.</summary>
public sealed class RevocationListTests
{
    private static readonly DateTimeOffset Yesterday = Now.AddDays(-1), Tomorrow = Now.AddDays(1);
    private static readonly byte[] Serial = [0x00, 0x9F, 0x01, 0x02];
    private static readonly IssuedCertificate Lost = Ca.Issue(Device with { SerialNumber = Serial });

    [Fact]
    public void A_revoked_device_is_refused_and_another_is_not()
    {
        var list = Read(Ca.IssueRevocationList([[0x01], Serial, [0x7F, 0xFF]], Yesterday, Tomorrow));
        Assert.Equal((3, "CN=CA", Yesterday, Tomorrow), (list.Count, list.Issuer, list.ThisUpdate, list.NextUpdate));
        Assert.Null(list.ProblemWith(Anchors));
        var verdict = Judge(Anchors, With(list), Lost.Der);
        AssertRefused(RefusalReason.Revoked, verdict);
        Assert.Equal("CN=device-1 with serial 9f0102 is on the revocation list of CN=CA", verdict.Detail);
        AssertAccepted(Judge(Anchors, With(list), Ca.Issue(Device).Der));
        AssertAccepted(Judge(Lost.Der)); // no list, no question
    }

    [Fact]
    public void A_revoked_intermediate_revokes_what_it_issued()
    {
        var middle = Ca.CreateIntermediate("Middle", CertificateAuthority.CaOptions() with { SerialNumber = [0x33] });
        var other = Ca.CreateIntermediate("Other");
        var roots = Read(Ca.IssueRevocationList([[0x33]], Yesterday, Tomorrow));
        var middles = Read(middle.IssueRevocationList([], Yesterday, Tomorrow));
        var others = Read(other.IssueRevocationList([[0x44]], Yesterday, Tomorrow));
        var settings = With(roots, middles, others);
        var refused = Judge(Anchors, settings, middle.Issue(Device).Der, middle.Certificate.Der);
        AssertRefused(RefusalReason.Revoked, refused);
        Assert.StartsWith("CN=Middle ", refused.Detail, StringComparison.Ordinal);
        AssertAccepted(Judge(Anchors, settings, other.Issue(Device).Der, other.Certificate.Der));
        AssertRefused(RefusalReason.Revoked, Judge(Anchors, settings, other.Issue(Device with { SerialNumber = [0x44] }).Der, other.Certificate.Der));
        AssertAccepted(Judge(Anchors, settings, Ca.Issue(Device with { SerialNumber = [0x44] }).Der)); // the serial of another CA
    }

    [Fact]
    public void A_missing_expired_or_future_list_refuses_or_warns()
    {
        var middle = Ca.CreateIntermediate("Middle");
        byte[][] path = [middle.Issue(Device).Der, middle.Certificate.Der];
        var roots = Read(Ca.IssueRevocationList([], Yesterday, Tomorrow));
        var old = Read(middle.IssueRevocationList([], Now.AddDays(-2), Now.AddSeconds(-1)));
        var early = Read(middle.IssueRevocationList([], Now.AddSeconds(1), Tomorrow));
        AssertAccepted(Judge(Anchors, With(roots, Read(middle.IssueRevocationList([], Now, Tomorrow))), path));
        AssertAccepted(Judge(Anchors, With(roots, Read(middle.IssueRevocationList([], Yesterday, Now))), path));
        foreach (var (lists, word) in new (RevocationList[], string)[]
        {
            ([roots], "there is no revocation list of CN=Middle"),
            ([roots, old], "the revocation list of CN=Middle ended at 2026-06-01 11:59:59Z, now is 2026-06-01 12:00:00Z"),
            ([roots, early], "the revocation list of CN=Middle is from 2026-06-01 12:00:01Z, now is 2026-06-01 12:00:00Z"),
        })
        {
            var refused = Judge(Anchors, With(lists), path);
            AssertRefused(RefusalReason.StaleRevocationList, refused);
            Assert.Equal(word, refused.Detail);
            var warned = Judge(Anchors, With(lists) with { StaleRevocationList = StaleListUse.Warn }, path);
            AssertAccepted(warned);
            Assert.Equal(word, warned.Detail);
        }
    }

    [Fact]
    public void An_expired_list_is_still_obeyed_when_it_only_warns_and_older_lists_too()
    {
        var old = Read(Ca.IssueRevocationList([Serial], Now.AddDays(-9), Now.AddDays(-8)));
        var warn = With(old) with { StaleRevocationList = StaleListUse.Warn };
        AssertRefused(RefusalReason.Revoked, Judge(Anchors, warn, Lost.Der));
        var current = Read(Ca.IssueRevocationList([], Yesterday, Tomorrow, 2));
        AssertRefused(RefusalReason.Revoked, Judge(Anchors, With(old, current), Lost.Der));
        AssertAccepted(Judge(Anchors, With(old, current), Ca.Issue(Device).Der)); // the newest says what is current
    }

    [Fact]
    public void A_list_that_its_issuer_did_not_sign_says_nothing()
    {
        var impostor = CertificateAuthority.CreateRoot("CA", Now);
        var forged = Read(impostor.IssueRevocationList([Serial], Yesterday, Tomorrow));
        Assert.Equal("its signature is not by the key of CN=CA", forged.ProblemWith(Anchors));
        AssertRefused(RefusalReason.StaleRevocationList, Judge(Anchors, With(forged), Lost.Der));
        AssertAccepted(Judge(Anchors, With(forged) with { StaleRevocationList = StaleListUse.Warn }, Lost.Der));
        var tampered = Ca.IssueRevocationList([Serial], Yesterday, Tomorrow);
        tampered[tampered.AsSpan().IndexOf(Serial.AsSpan(1)) + 1] ^= 1;
        Assert.NotNull(Read(tampered).ProblemWith(Anchors));
        AssertRefused(RefusalReason.StaleRevocationList, Judge(Anchors, With(Read(tampered)), Lost.Der));
        var stranger = Read(CertificateAuthority.CreateRoot("Stranger", Now).IssueRevocationList([Serial], Yesterday, Tomorrow));
        Assert.Null(stranger.ProblemWith(Anchors)); // it may be an intermediate's
        AssertRefused(RefusalReason.StaleRevocationList, Judge(Anchors, With(stranger), Lost.Der));
        var middle = Ca.CreateIntermediate("Middle");
        var false1 = Read(Ca.CreateIntermediate("Middle").IssueRevocationList([], Yesterday, Tomorrow));
        var roots = Read(Ca.IssueRevocationList([], Yesterday, Tomorrow));
        AssertRefused(RefusalReason.StaleRevocationList,
            Judge(Anchors, With(roots, false1), middle.Issue(Device).Der, middle.Certificate.Der));
    }

    [Fact]
    public void Only_a_CA_with_cRLSign_may_sign_lists()
    {
        var options = CertificateAuthority.CaOptions();
        var without = CertificateAuthority.CreateRoot("No cRLSign", Now, options with { KeyUsage = X509KeyUsageFlags.KeyCertSign });
        var list = Read(without.IssueRevocationList([], Yesterday, Tomorrow));
        Assert.Equal("the keyUsage of CN=No cRLSign lacks cRLSign: it may not sign revocation lists", list.ProblemWith(Trust(without)));
        AssertRefused(RefusalReason.StaleRevocationList, Judge(Trust(without), With(list), without.Issue(Device).Der));
        var unlimited = CertificateAuthority.CreateRoot("No KeyUsage", Now, options with { KeyUsage = null });
        AssertAccepted(Judge(Trust(unlimited), With(Read(unlimited.IssueRevocationList([], Yesterday, Tomorrow))), unlimited.Issue(Device).Der));
    }

    [Theory]
    [InlineData(KeyKind.Rsa2048)]
    [InlineData(KeyKind.P384)]
    public void CAs_with_other_keys_sign_lists_too(KeyKind kind)
    {
        var ca = CertificateAuthority.CreateRoot("Other key", Now, CertificateAuthority.CaOptions() with { Key = kind });
        var middle = ca.CreateIntermediate("Middle");
        byte[][] path = [middle.Issue(Device).Der, middle.Certificate.Der];
        RevocationList Lists(params byte[][] serials) => Read(ca.IssueRevocationList(serials, Yesterday, Tomorrow));
        var middles = Read(middle.IssueRevocationList([], Yesterday, Tomorrow));
        AssertAccepted(Judge(Trust(ca), With(Lists(), middles), path));
        var serial = X509CertificateLoader.LoadCertificate(middle.Certificate.Der).SerialNumberBytes.ToArray();
        AssertRefused(RefusalReason.Revoked, Judge(Trust(ca), With(Lists(serial), middles), path));
    }

    [Fact]
    public void When_a_CA_rolls_its_key_a_list_by_either_key_counts()
    {
        var old = CertificateAuthority.CreateRoot("Rolling", Now);
        var young = CertificateAuthority.CreateRoot("Rolling", Now);
        var anchors = Trust(old, young);
        var settings = With(Read(young.IssueRevocationList([Serial], Yesterday, Tomorrow)));
        AssertAccepted(Judge(anchors, settings, old.Issue(Device).Der));
        AssertAccepted(Judge(anchors, settings, young.Issue(Device).Der));
        AssertRefused(RefusalReason.Revoked, Judge(anchors, settings, old.Issue(Device with { SerialNumber = Serial }).Der));
    }

    [Fact]
    public void A_verdict_is_asked_again_when_a_list_has_ended()
    {
        var policy = new DeviceCertificatePolicy(Anchors, With(Read(Ca.IssueRevocationList([], Yesterday, Tomorrow))));
        var device = policy.Evaluate([Ca.Issue(Device).Der], Now).Device!;
        Assert.True(policy.StillAccepts(device, Now, Tomorrow));
        Assert.False(policy.StillAccepts(device, Now, Tomorrow.AddSeconds(1)));
        Assert.False(policy.StillAccepts(device, Now, Now.AddSeconds(-1)));
        var without = new DeviceCertificatePolicy(Anchors, new());
        Assert.True(without.StillAccepts(device, Now, device.NotAfter));
        Assert.False(without.StillAccepts(device, Now, device.NotAfter.AddSeconds(1)));
    }

    [Fact]
    public void A_hundred_thousand_serials_are_found_and_no_others()
    {
        var random = new Random(5);
        var serials = Enumerable.Range(0, 100_000).Select(_ =>
        {
            var serial = new byte[random.Next(1, 21)];
            random.NextBytes(serial);
            serial[0] = (byte)(serial[0] & 0x7F | 1);
            return serial;
        }).ToArray();
        var settings = With(Read(Ca.IssueRevocationList(serials, Yesterday, Tomorrow)));
        foreach (var serial in serials.Take(50).Append(serials[^1]))
        {
            AssertRefused(RefusalReason.Revoked, Judge(Anchors, settings, Ca.Issue(Device with { SerialNumber = serial }).Der));
        }

        for (var round = 0; round < 50; round++)
        {
            AssertAccepted(Judge(Anchors, settings, Ca.Issue(Device).Der));
        }
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "version", "not a version 1 or 2 list" },
        { "no nextUpdate", "it has no nextUpdate, so nobody can tell when it is out of date (RFC 5280 §5.1.2.5)" },
        { "ends before it begins", "its nextUpdate is before its thisUpdate" },
        { "inner and outer", "signature algorithm inside and outside differ" },
        { "SHA-1", "it must be signed with ECDSA or RSA and SHA-256 or SHA-384" },
        { "delta", "it is a delta list; the complete one is needed" },
        { "partitioned", "it is an indirect or partitioned list (issuingDistributionPoint); the complete list of one issuer is needed" },
        { "critical", "its critical extension 1.2.3 is not known" },
        { "twice", "its extensions are malformed" },
        { "indirect entry", "it is an indirect list: an entry names another issuer" },
        { "critical entry", "its critical extension 1.2.3 is not known" },
        { "removeFromCRL", "it is a delta list; the complete one is needed" },
        { "reason", "the reason of an entry is malformed" },
        { "v1 with entry extensions", "an entry of a version 1 list has extensions" },
        { "v1 with extensions", "its fields are malformed" },
        { "local time", "its fields are malformed" },
        { "no issuer", "issuer is not a name" },
        { "entry", "an entry is malformed" },
        { "a certificate", "it must be signed with ECDSA or RSA and SHA-256 or SHA-384" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_cannot_be_obeyed_in_full_is_refused_with_the_reason(string what, string fault)
    {
        var raw = new RawRevocationList();
        var unknown = RawCertificate.Extension("2A03", true, [5, 0]);
        switch (what)
        {
            case "version": raw.Version = [2, 1, 2]; break;
            case "no nextUpdate": raw.NextUpdate = []; break;
            case "ends before it begins": raw.NextUpdate = RawCertificate.Tlv(0x17, "260531235959Z"u8); break;
            case "inner and outer": raw.OuterAlgorithm = Convert.FromHexString("300A06082A8648CE3D040303"); break;
            case "SHA-1": raw.Algorithm = RawCertificate.EcdsaWithSha1; break;
            case "delta": raw.Extensions.Add(RawCertificate.Extension("551D1B", true, [2, 1, 1])); break;
            case "partitioned": raw.Extensions.Add(RawCertificate.Extension("551D1C", true, [0x30, 3, 0x81, 1, 0xFF])); break;
            case "critical": raw.Extensions.Add(unknown); break;
            case "twice": raw.Extensions.Add(raw.Extensions[0]); break;
            case "indirect entry": raw.Entries.Add(Entry([6], RawCertificate.Extension("551D1D", true, [0x30, 0]))); break;
            case "critical entry": raw.Entries.Add(Entry([6], Reason(1), unknown)); break;
            case "removeFromCRL": raw.Entries.Add(Entry([6], Reason(8))); break;
            case "reason": raw.Entries.Add(Entry([6], Reason(7))); break;
            case "v1 with entry extensions": raw.Version = []; raw.Entries.Add(Entry([6], Reason(1))); break;
            case "v1 with extensions": raw.Version = []; break;
            case "local time": raw.ThisUpdate = RawCertificate.Tlv(0x17, "260601000000+0100"u8); break;
            case "no issuer": raw.Issuer = [0x30, 0]; break;
            case "entry": raw.Entries.Add(RawCertificate.Tlv(0x30, [2, 1, 6])); break;
        }

        using var key = OpenCaKey();
        var der = what == "a certificate" ? new RawCertificate { Algorithm = RawCertificate.EcdsaWithSha1 }.Sign(key) : raw.Sign(key);
        Assert.Null(RevocationList.TryParse(der, out var told));
        Assert.Equal(fault, told);
    }

    [Fact]
    public void Version_1_holds_and_empty_lists_and_odd_serials_are_no_reason_to_refuse()
    {
        using var key = OpenCaKey();
        var v1 = Read(new RawRevocationList { Version = [], Extensions = [], Entries = [] }.Sign(key));
        Assert.Equal(0, v1.Count);
        AssertAccepted(Judge(Anchors, With(v1), Lost.Der));
        var odd = new RawRevocationList { Entries = [Entry([0]), Entry([0xFF]), Entry(new byte[21].Select(_ => (byte)1).ToArray()), Entry(Serial, Reason(6))] };
        var list = Read(odd.Sign(key));
        Assert.Equal(1, list.Count); // on hold is revoked
        AssertRefused(RefusalReason.Revoked, Judge(Anchors, With(list), Lost.Der));
    }

    [Fact]
    public void Every_prefix_fails_and_one_more_octet_fails()
    {
        var list = Ca.IssueRevocationList([Serial, [1]], Yesterday, Tomorrow);
        for (var length = 0; length < list.Length; length++)
        {
            Assert.Null(RevocationList.TryParse(list.AsMemory(0, length), out var fault));
            Assert.NotEmpty(fault);
        }

        Assert.Null(RevocationList.TryParse((byte[])[.. list, 0], out _));
        Assert.Null(RevocationList.TryParse(new byte[RevocationList.MaxOctets + 1], out var large));
        Assert.Contains("octets", large, StringComparison.Ordinal);
    }

    [Fact]
    public void No_single_changed_octet_makes_another_list_that_counts()
    {
        var good = Ca.IssueRevocationList([Serial], Yesterday, Tomorrow);
        foreach (var mask in new byte[] { 0x01, 0x80, 0xFF })
        {
            for (var i = 0; i < good.Length; i++)
            {
                var changed = good.ToArray();
                changed[i] ^= mask;
                var list = RevocationList.TryParse(changed, out _);
                var reason = list is null ? RefusalReason.StaleRevocationList : Judge(Anchors, With(list), Lost.Der).Reason;
                Assert.True(reason == RefusalReason.StaleRevocationList, $"octet {i} ^ {mask:x2}: {reason}");
            }
        }
    }

    private static RevocationList Read(byte[] der)
    {
        var list = RevocationList.TryParse(der, out var fault);
        Assert.True(list is not null, fault);
        return list;
    }

    private static DevicePolicySettings With(params RevocationList[] lists) => new() { RevocationLists = lists };
}
