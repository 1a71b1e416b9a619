using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.Mint;

namespace CoapBridge.Tests.Identity;

/// <summary>What is remembered of a signature, and what is asked anew all the same.</summary>
public sealed class VerifiedPathsTests
{
    [Fact]
    public void A_device_that_comes_again_is_judged_by_todays_date()
    {
        var leaf = Ca.Issue(Device).Der;
        var policy = new DeviceCertificatePolicy(Anchors, new());
        AssertAccepted(policy.Evaluate([leaf], Now));
        AssertAccepted(policy.Evaluate([leaf], Now));
        AssertRefused(RefusalReason.Expired, policy.Evaluate([leaf], Now.AddYears(2)));
        AssertAccepted(policy.Evaluate([leaf], Now));
    }

    [Fact]
    public void Another_signature_under_the_same_certificate_is_verified_anew()
    {
        var leaf = Ca.Issue(Device).Der;
        var policy = new DeviceCertificatePolicy(Anchors, new());
        AssertAccepted(policy.Evaluate([leaf], Now));
        byte[] forged = [.. leaf[..^1], (byte)(leaf[^1] ^ 1)];
        AssertRefused(RefusalReason.BadSignature, policy.Evaluate([forged], Now));
        AssertRefused(RefusalReason.BadSignature, policy.Evaluate([forged], Now));
        AssertAccepted(policy.Evaluate([leaf], Now));
    }

    [Fact]
    public void Whether_the_intermediate_was_really_signed_is_part_of_what_is_remembered()
    {
        var root = CertificateAuthority.CreateRoot("Root", Now);
        var between = root.CreateIntermediate("Between");
        var leaf = between.Issue(Device).Der;
        var policy = new DeviceCertificatePolicy(Trust(root), new());
        var intermediate = between.Certificate.Der;
        AssertAccepted(policy.Evaluate([leaf, intermediate], Now));
        AssertAccepted(policy.Evaluate([leaf, intermediate], Now));
        byte[] forged = [.. intermediate[..^1], (byte)(intermediate[^1] ^ 1)];
        AssertRefused(RefusalReason.BadSignature, policy.Evaluate([leaf, forged], Now));
    }

    [Fact]
    public void A_known_intermediate_vouches_only_for_what_it_signed_itself()
    {
        var root = CertificateAuthority.CreateRoot("Root", Now, CertificateAuthority.CaOptions());
        var upper = root.CreateIntermediate("Upper");
        var lower = upper.CreateIntermediate("Lower");
        var policy = new DeviceCertificatePolicy(Trust(root), new());
        byte[][] Path(byte[] leaf) => [leaf, lower.Certificate.Der, upper.Certificate.Der];
        for (var i = 0; i < 3; i++)
        {
            var good = lower.Issue(Device).Der;
            byte[] forged = [.. good[..^1], (byte)(good[^1] ^ 1)];
            AssertRefused(RefusalReason.BadSignature, policy.Evaluate(Path(forged), Now));
            AssertAccepted(policy.Evaluate(Path(good), Now));
            AssertRefused(RefusalReason.UnknownCa, policy.Evaluate(Path(upper.Issue(Device).Der), Now));
            var impostor = upper.CreateIntermediate("Lower");
            AssertRefused(RefusalReason.BadSignature, policy.Evaluate(Path(impostor.Issue(Device).Der), Now));
            AssertAccepted(policy.Evaluate([impostor.Issue(Device).Der, impostor.Certificate.Der, upper.Certificate.Der], Now));
        }

        AssertRefused(RefusalReason.Expired, policy.Evaluate(Path(lower.Issue(Device with { NotAfter = Now.AddYears(20) }).Der), Now.AddYears(11)));
    }

    [Fact]
    public void Many_intermediates_come_and_go_on_many_threads()
    {
        var paths = Enumerable.Range(0, 400).Select(i =>
        {
            var middle = Ca.CreateIntermediate($"Middle {i}");
            return new[] { middle.Issue(Device with { CommonName = $"device-{i}" }).Der, middle.Certificate.Der };
        }).ToArray();
        var policy = new DeviceCertificatePolicy(Anchors, new());
        Parallel.For(0, 1600, i => Assert.Equal($"device-{i % 400}", policy.Evaluate(paths[i % 400], Now).Device?.Name));
    }

    [Fact]
    public void Another_policy_remembers_nothing_of_it()
    {
        var leaf = Ca.Issue(Device).Der;
        AssertAccepted(new DeviceCertificatePolicy(Anchors, new()).Evaluate([leaf], Now));
        var impostor = CertificateAuthority.CreateRoot("CA", Now, CertificateAuthority.CaOptions());
        Assert.False(new DeviceCertificatePolicy(Trust(impostor), new()).Evaluate([leaf], Now).IsAccepted);
    }

    [Fact]
    public void A_full_memory_stays_as_large_as_it_is_and_is_never_wrong()
    {
        var paths = new VerifiedPaths();
        var random = new Random(22);
        var digests = Enumerable.Range(0, 3 * VerifiedPaths.Slots).Select(_ =>
        {
            var digest = new byte[32];
            random.NextBytes(digest);
            return digest;
        }).ToList();
        digests.ForEach(paths.Add);
        Assert.True(paths.Contains(digests[^1]));
        Assert.InRange(digests.Count(digest => paths.Contains(digest)), 1, VerifiedPaths.Slots);
        byte[] near = [.. digests[^1]];
        near[31] ^= 1;
        Assert.False(paths.Contains(near));
    }
}
