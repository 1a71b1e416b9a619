using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.Mint;

namespace CoapBridge.Tests.Identity;

/// <summary>A fleet under one issuing CA keeps that CA's certificate once.</summary>
public sealed class SharedIssuersTests
{
    private static readonly CertificateAuthority Root = CertificateAuthority.CreateRoot("Root", Now);

    [Fact]
    public void Devices_of_one_intermediate_share_its_octets()
    {
        var between = Root.CreateIntermediate("Between");
        var policy = new DeviceCertificatePolicy(Trust(Root), new());
        DeviceIdentity Meet() => policy.Evaluate([between.Issue(Device).Der, [.. between.Certificate.Der]], Now).Device!;
        var (first, second) = (Meet(), Meet());
        Assert.Equal(between.Certificate.Der, first.Chain[1]);
        Assert.Same(first.Chain[1], second.Chain[1]);
    }

    [Fact]
    public void Each_device_has_the_intermediates_of_its_own_path()
    {
        var shared = new SharedIssuers();
        foreach (var number in Enumerable.Range(0, 600))
        {
            // All of them want the same slot.
            byte[][] issuers = [[(byte)number, (byte)(number >> 8), 7]];
            Assert.Equal(issuers, shared.Share(issuers));
        }

        var between = Root.CreateIntermediate("Between");
        var (leaf, sent) = (between.Issue(Device).Der, between.Certificate.Der);
        Assert.Equal([leaf, sent], Judge(Trust(Root), leaf, sent).Device!.Chain);
        Assert.Equal([leaf], Judge(Trust(between), leaf).Device!.Chain);
    }

    [Fact]
    public void What_a_refused_peer_sent_is_not_kept()
    {
        var between = Root.CreateIntermediate("Between");
        var policy = new DeviceCertificatePolicy(Trust(Root), new());
        byte[] forged = [.. between.Certificate.Der[..^2], (byte)(between.Certificate.Der[^2] ^ 1), between.Certificate.Der[^1]];
        Assert.False(policy.Evaluate([between.Issue(Device).Der, forged], Now).IsAccepted);
        var good = between.Certificate.Der;
        Assert.Same(good, policy.Evaluate([between.Issue(Device).Der, good], Now).Device!.Chain[1]);
    }
}
