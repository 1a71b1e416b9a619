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
            ? PeerVerdict.Accept(verdict.LeafPublicKeyPoint!, verdict.Device, verdict.Subject, verdict.Issuer, policy, time, verdict.Detail.Length > 0 ? verdict.Detail : null)
            : PeerVerdict.Refuse(
                (AlertDescription)verdict.Reason.Value.ToAlert(), verdict.Reason.Value.ToWord(),
                verdict.LeafPublicKeyPoint, verdict.Subject, verdict.Issuer,
                verdict.Detail);
    }

    /// <summary>By the same policy, an object that never changes, only time can change a verdict.</summary>
    public bool StillAccepts(PeerVerdict earlier, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return ReferenceEquals(earlier.Rules, policy) && policy.StillAccepts((DeviceIdentity)earlier.Identity!, earlier.Time, time);
    }
}
