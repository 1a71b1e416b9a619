using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.Mint;

namespace CoapBridge.Tests.Identity;

/// <summary>ATTACKS F02, F08, F10, F11, F16, F30, F34; REQUIREMENTS 10.02, 10.04 to 10.07, 10.11, 10.12, 10.15; DESIGN D-3.</summary>
public sealed class CertificatePathTests
{
    private static readonly CertificateOptions CaOptions = CertificateAuthority.CaOptions();

    [Fact]
    public void Another_CA_is_unknown_even_under_the_same_name()
    {
        var other = CertificateAuthority.CreateRoot("Other", Now);
        var impostor = CertificateAuthority.CreateRoot("CA", Now);
        AssertRefused(RefusalReason.UnknownCa, Judge(other.Issue(Device).Der));
        AssertRefused(RefusalReason.UnknownCa, Judge(other.Issue(Device).Der, other.Certificate.Der));
        AssertRefused(RefusalReason.UnknownCa, Judge(impostor.Issue(Device).Der));
        AssertRefused(RefusalReason.UnknownCa, Judge(impostor.Issue(Device).Der, impostor.Certificate.Der));
        AssertRefused(RefusalReason.BadSignature, Judge(impostor.Issue(Device with { KeyIdentifiers = false }).Der));
        var selfSigned = CertificateAuthority.CreateRoot("device-1", Now, new()).Certificate.Der;
        AssertRefused(RefusalReason.UnknownCa, Judge(selfSigned));
    }

    [Fact]
    public void Intermediates_and_the_anchor_may_be_sent()
    {
        var first = Ca.CreateIntermediate("First");
        var second = first.CreateIntermediate("Second");
        byte[] leaf1 = first.Issue(Device).Der, leaf2 = second.Issue(Device).Der, root = Ca.Certificate.Der;
        AssertAccepted(Judge(Ca.Issue(Device).Der, root));
        AssertAccepted(Judge(leaf1, first.Certificate.Der));
        AssertAccepted(Judge(leaf1, first.Certificate.Der, root));
        AssertAccepted(Judge(leaf2, second.Certificate.Der, first.Certificate.Der));
        AssertAccepted(Judge(leaf2, second.Certificate.Der, first.Certificate.Der, root));
        AssertRefused(RefusalReason.UnknownCa, Judge(leaf1));
        AssertRefused(RefusalReason.UnknownCa, Judge(leaf2, second.Certificate.Der));
        AssertRefused(RefusalReason.UnknownCa, Judge(leaf2, first.Certificate.Der, second.Certificate.Der)); // out of order
        AssertAccepted(Judge(Trust(first), leaf1, first.Certificate.Der, root)); // an intermediate as the anchor
        AssertAccepted(Judge(Trust(second), leaf2));
    }

    [Fact]
    public void Too_deep_and_too_many_are_refused_at_once()
    {
        CertificateAuthority a = Ca.CreateIntermediate("A"), b = a.CreateIntermediate("B"), c = b.CreateIntermediate("C");
        var leaf = c.Issue(Device).Der;
        AssertRefused(RefusalReason.PathLength, Judge(leaf, c.Certificate.Der, b.Certificate.Der, a.Certificate.Der));
        AssertRefused(RefusalReason.PathLength, Judge([.. Enumerable.Repeat(leaf, 100)]));
        var loopA = Ca.CreateIntermediate("Loop A");
        var loopB = loopA.CreateIntermediate("Loop B");
        using var key = loopA.Certificate.OpenEcdsa();
        var backA = loopB.Issue(CaOptions with { CommonName = "Loop A", PublicKey = new(key) }).Der;
        AssertRefused(RefusalReason.UnknownCa, Judge(loopA.Issue(Device).Der, backA, loopB.Certificate.Der, backA));
    }

    [Fact]
    public void PathLength_is_obeyed_of_intermediates_and_of_the_anchor()
    {
        var leafIssuersOnly = Ca.CreateIntermediate("Zero", CertificateAuthority.CaOptions(pathLength: 0));
        var below = leafIssuersOnly.CreateIntermediate("Below");
        AssertAccepted(Judge(leafIssuersOnly.Issue(Device).Der, leafIssuersOnly.Certificate.Der));
        AssertRefused(RefusalReason.PathLength, Judge(below.Issue(Device).Der, below.Certificate.Der, leafIssuersOnly.Certificate.Der));
        var root = CertificateAuthority.CreateRoot("Root 0", Now, CertificateAuthority.CaOptions(pathLength: 0));
        var child = root.CreateIntermediate("Child");
        AssertAccepted(Judge(Trust(root), root.Issue(Device).Der));
        AssertRefused(RefusalReason.PathLength, Judge(Trust(root), child.Issue(Device).Der, child.Certificate.Der));
    }

    [Fact]
    public void A_self_issued_CA_does_not_count_for_the_path_length()
    {
        var root = CertificateAuthority.CreateRoot("Rolling CA", Now, CertificateAuthority.CaOptions(pathLength: 0));
        var rolled = root.CreateIntermediate("Rolling CA"); // the new key, certified by the old one
        AssertAccepted(Judge(Trust(root), rolled.Issue(Device).Der, rolled.Certificate.Der));
    }

    [Fact]
    public void Of_several_anchors_with_one_name_the_right_key_is_found()
    {
        var authorities = Enumerable.Range(0, 3).Select(_ => CertificateAuthority.CreateRoot("Same", Now)).ToArray();
        var anchors = Trust(authorities);
        Assert.Equal(3, anchors.Count);
        foreach (var authority in authorities)
        {
            AssertAccepted(Judge(anchors, authority.Issue(Device).Der));
            AssertAccepted(Judge(anchors, authority.Issue(Device with { KeyIdentifiers = false }).Der));
            AssertAccepted(Judge(anchors, authority.Issue(Device).Der, authority.Certificate.Der));
        }
    }

    [Fact]
    public void A_leaf_cannot_issue()
    {
        foreach (var isCa in new bool?[] { null, false })
        {
            var device = Ca.CreateIntermediate("device-9", Device with { CommonName = null, IsCa = isCa, KeyUsage = X509KeyUsageFlags.KeyCertSign });
            AssertRefused(RefusalReason.UnknownCa, Judge(device.Issue(Device).Der, device.Certificate.Der));
        }

        var noCertSign = Ca.CreateIntermediate("No keyCertSign", CaOptions with { KeyUsage = X509KeyUsageFlags.CrlSign });
        AssertRefused(RefusalReason.UnknownCa, Judge(noCertSign.Issue(Device).Der, noCertSign.Certificate.Der));
        var noUsage = Ca.CreateIntermediate("No KeyUsage", CaOptions with { KeyUsage = null });
        AssertAccepted(Judge(noUsage.Issue(Device).Der, noUsage.Certificate.Der));
    }

    [Theory]
    [InlineData(CertificatePurposes.ServerAuth, false)]
    [InlineData(CertificatePurposes.ClientAuth, true)]
    [InlineData(CertificatePurposes.Any, true)]
    public void ExtendedKeyUsage_of_a_CA_limits_its_path(string purpose, bool accepted)
    {
        var limited = CaOptions with { ExtendedKeyUsage = [purpose] };
        var intermediate = Ca.CreateIntermediate("Limited", limited);
        var root = CertificateAuthority.CreateRoot("Limited root", Now, limited);
        RefusalReason? expected = accepted ? null : RefusalReason.ExtendedKeyUsage;
        Assert.Equal(expected, Judge(intermediate.Issue(Device).Der, intermediate.Certificate.Der).Reason);
        Assert.Equal(expected, Judge(Trust(root), root.Issue(Device).Der).Reason);
    }

    [Theory]
    [InlineData("2.5.29.30", true, RefusalReason.NameConstraint)]
    [InlineData("2.5.29.30", false, RefusalReason.NameConstraint)]
    [InlineData("2.5.29.36", true, RefusalReason.CriticalExtension)] // policyConstraints
    [InlineData("2.5.29.33", true, RefusalReason.CriticalExtension)] // policyMappings
    [InlineData("2.5.29.54", true, RefusalReason.CriticalExtension)] // inhibitAnyPolicy
    [InlineData("1.3.6.1.4.1.99999.1", true, RefusalReason.CriticalExtension)]
    [InlineData("2.5.29.33", false, null)]
    public void Demands_of_an_intermediate_that_we_do_not_meet_refuse(string oid, bool critical, RefusalReason? reason)
    {
        var extension = new X509Extension(oid, [0x30, 0], critical);
        var intermediate = Ca.CreateIntermediate("Demanding", CaOptions with { OtherExtensions = [extension] });
        Assert.Equal(reason, Judge(intermediate.Issue(Device).Der, intermediate.Certificate.Der).Reason);
    }

    [Fact]
    public void Above_the_leaf_RSA_and_SHA384_are_fine_but_nothing_weaker()
    {
        var rsa = CertificateAuthority.CreateRoot("RSA root", Now, CaOptions with { Key = KeyKind.Rsa2048 });
        foreach (var hash in new[] { HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512 })
        {
            var byRsa = rsa.CreateIntermediate("By RSA", CaOptions with { Hash = hash });
            var byEcdsa = Ca.CreateIntermediate("By ECDSA", CaOptions with { Hash = hash });
            RefusalReason? expected = hash == HashAlgorithmName.SHA256 || hash == HashAlgorithmName.SHA384 ? null : RefusalReason.SignatureAlgorithm;
            Assert.Equal(expected, Judge(Trust(rsa), byRsa.Issue(Device).Der, byRsa.Certificate.Der).Reason);
            Assert.Equal(expected, Judge(byEcdsa.Issue(Device).Der, byEcdsa.Certificate.Der).Reason);
        }
    }

    [Theory]
    [InlineData("300A06082A8648CE3D040302", null)]
    [InlineData("300906072A8648CE3D0401", RefusalReason.SignatureAlgorithm)] // ecdsa-with-SHA1
    [InlineData("300D06092A864886F70D0101040500", RefusalReason.SignatureAlgorithm)] // md5WithRSA
    [InlineData("300506032B6570", RefusalReason.SignatureAlgorithm)] // Ed25519
    public void A_weak_algorithm_only_in_an_intermediate_refuses(string algorithm, RefusalReason? reason)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var middle = new RawCertificate
        {
            Issuer = CaName(),
            Subject = RawCertificate.Name("Middle"),
            PublicKey = key.ExportSubjectPublicKeyInfo(),
            Algorithm = Convert.FromHexString(algorithm),
            Extensions = [RawCertificate.Extension("551D13", true, [0x30, 3, 1, 1, 0xFF])],
        };
        var leaf = new RawCertificate { Issuer = RawCertificate.Name("Middle") };
        Assert.Equal(reason, Judge(leaf.Sign(key), middle.Sign(CaKey)).Reason);
    }

    [Fact]
    public void A_weak_RSA_intermediate_is_refused()
    {
        var weak = Ca.CreateIntermediate("Weak", CaOptions with { Key = KeyKind.Rsa1024 });
        var between = weak.CreateIntermediate("Between");
        AssertRefused(RefusalReason.KeyType, Judge(between.Issue(Device).Der, between.Certificate.Der, weak.Certificate.Der));
    }

    [Fact]
    public void An_expired_intermediate_ends_the_path_and_the_earliest_end_counts()
    {
        var old = Ca.CreateIntermediate("Old", CaOptions with { NotBefore = Now.AddDays(-9), NotAfter = Now.AddDays(-1) });
        AssertRefused(RefusalReason.Expired, Judge(old.Issue(Device).Der, old.Certificate.Der));
        var soon = Ca.CreateIntermediate("Soon", CaOptions with { NotAfter = Now.AddDays(5) });
        Assert.Equal(Now.AddDays(5), Judge(soon.Issue(Device).Der, soon.Certificate.Der).Device!.NotAfter);
    }

    [Fact]
    public void A_forged_intermediate_is_a_bad_signature()
    {
        var intermediate = Ca.CreateIntermediate("Forged");
        var forged = intermediate.Certificate.Der.ToArray();
        forged[^1] ^= 1;
        AssertRefused(RefusalReason.BadSignature, Judge(intermediate.Issue(Device).Der, forged));
        var leaf = intermediate.Issue(Device).Der;
        leaf[^1] ^= 1;
        AssertRefused(RefusalReason.BadSignature, Judge(leaf, intermediate.Certificate.Der));
    }

    [Fact]
    public void Only_a_usable_CA_becomes_an_anchor()
    {
        var weak = CertificateAuthority.CreateRoot("Weak", Now, CaOptions with { Key = KeyKind.Rsa1024 });
        var anchors = TrustAnchors.TryCreate([Ca.Issue(Device).Der, [1, 2, 3], weak.Certificate.Der], out var problems);
        Assert.Null(anchors);
        Assert.Equal(3, problems.Count);
        Assert.Contains("not a CA", problems[0], StringComparison.Ordinal);
        Assert.Contains("certificate 2 ", problems[1], StringComparison.Ordinal);
        Assert.Contains("RSA", problems[2], StringComparison.Ordinal);
        Assert.Null(TrustAnchors.TryCreate([], out _));
        Assert.Equal(1, TrustAnchors.TryCreate([Ca.Certificate.Der, Ca.Certificate.Der], out _)!.Count);
    }
}
