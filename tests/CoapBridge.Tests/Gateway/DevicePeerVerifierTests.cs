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
        Assert.Same(first, _verifier.VerifyAgain(first, Chain, Now));
        var end = ((DeviceIdentity)first.Identity!).NotAfter;
        Assert.Same(first, _verifier.VerifyAgain(first, Chain, end));
        Assert.Equal("expired", _verifier.VerifyAgain(first, Chain, end.AddSeconds(2)).Reason);
    }

    [Fact]
    public void A_clock_that_was_set_back_asks_for_a_new_judgement()
    {
        var first = _verifier.Verify(Chain, Now);
        Assert.Equal("not_yet_valid", _verifier.VerifyAgain(first, Chain, Now.AddYears(-50)).Reason);
    }

    [Fact]
    public void Another_policy_judges_anew()
    {
        var first = _verifier.Verify(Chain, Now);
        Assert.Equal("unknown_ca", VerifierOf(DemoPki.Create(Now)).VerifyAgain(first, Chain, Now).Reason);
        var again = VerifierOf(Pki).VerifyAgain(first, Chain, Now);
        Assert.True(again.IsAccepted);
        Assert.NotSame(first, again);
    }

    private static DevicePeerVerifier VerifierOf(DemoPki pki) =>
        new(new DeviceCertificatePolicy(TrustAnchors.TryCreate([pki.Ca.Certificate.Der], out _)!, new DevicePolicySettings()));
}
