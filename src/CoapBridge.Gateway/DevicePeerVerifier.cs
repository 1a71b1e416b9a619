using CoapBridge.Dtls;
using CoapBridge.Identity;

namespace CoapBridge.Gateway;

/// <summary>Lets the DTLS room ask the Identity room about a device's certificates.</summary>
public sealed class DevicePeerVerifier(DeviceCertificatePolicy policy) : IPeerVerifier
{
    public PeerVerdict Verify(IReadOnlyList<byte[]> chain, DateTimeOffset time)
    {
        var verdict = policy.Evaluate(chain, time);
        return verdict.IsAccepted
            ? PeerVerdict.Accept(verdict.Device.PublicKeyPoint, verdict.Device, verdict.Subject, verdict.Issuer)
            : PeerVerdict.Refuse(
                (AlertDescription)verdict.Reason.Value.ToAlert(), verdict.Reason.Value.ToWord(),
                verdict.LeafPublicKeyPoint, verdict.Subject, verdict.Issuer,
                verdict.Detail);
    }
}
