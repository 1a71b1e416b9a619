using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Gateway;

/// <summary>DESIGN D-14: who resumes is judged by the policy of today.</summary>
public sealed class DevicePeerVerifierTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private static readonly DemoPki Pki = DemoPki.Create(Now);
    private static readonly IReadOnlyList<byte[]> Chain = [Pki.Device(1).Der];

    private readonly DevicePeerVerifier _verifier = VerifierOf(Pki);

    [Fact]
    public void By_the_same_policy_only_time_can_change_a_verdict()
    {
        var first = _verifier.Verify(Chain, Now);
        Assert.True(_verifier.StillAccepts(first, Now));
        var end = ((DeviceIdentity)first.Identity!).NotAfter;
        Assert.True(_verifier.StillAccepts(first, end));
        Assert.False(_verifier.StillAccepts(first, end.AddSeconds(2)));
        Assert.Equal("expired", _verifier.Verify(Chain, end.AddSeconds(2)).Reason);
    }

    [Fact]
    public void A_clock_that_was_set_back_asks_for_a_new_judgement() =>
        Assert.False(_verifier.StillAccepts(_verifier.Verify(Chain, Now), Now.AddYears(-50)));

    [Fact]
    public void Another_policy_judges_anew()
    {
        var first = _verifier.Verify(Chain, Now);
        Assert.False(VerifierOf(DemoPki.Create(Now)).StillAccepts(first, Now));
        Assert.False(VerifierOf(Pki).StillAccepts(first, Now));
        Assert.True(VerifierOf(Pki).Verify(Chain, Now).IsAccepted);
    }

    private static DevicePeerVerifier VerifierOf(DemoPki pki) =>
        new(new DeviceCertificatePolicy(TrustAnchors.TryCreate([pki.Ca.Certificate.Der], out _)!, new DevicePolicySettings()));
}
