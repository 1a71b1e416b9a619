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
