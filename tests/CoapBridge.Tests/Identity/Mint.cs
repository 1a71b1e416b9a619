using System.Security.Cryptography;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Identity;

/// <summary>The CA of these tests, its policies, and the verdicts asked for again and again.</summary>
internal static class Mint
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly CertificateAuthority Ca = CertificateAuthority.CreateRoot("CA", Now, CertificateAuthority.CaOptions());

    public static readonly ECDsa CaKey = Ca.Certificate.OpenEcdsa();

    public static readonly TrustAnchors Anchors = Trust(Ca);

    public static readonly CertificateOptions Device = new() { CommonName = "device-1" };

    public static TrustAnchors Trust(params CertificateAuthority[] authorities) =>
        TrustAnchors.TryCreate([.. authorities.Select(ca => ca.Certificate.Der)], out var problems)
        ?? throw new InvalidOperationException(string.Join("; ", problems));

    public static DeviceVerdict Judge(params byte[][] chain) => Judge(Anchors, chain);

    public static DeviceVerdict Judge(TrustAnchors anchors, params byte[][] chain) => Judge(anchors, new(), chain);

    public static DeviceVerdict Judge(TrustAnchors anchors, DevicePolicySettings settings, params byte[][] chain) =>
        new DeviceCertificatePolicy(anchors, settings).Evaluate(chain, Now);

    public static DeviceVerdict Judge(CertificateOptions leaf) => Judge(Ca.Issue(leaf).Der);

    /// <summary>The verdict on a device made from raw values, really signed by the CA.</summary>
    public static DeviceVerdict JudgeRaw(Action<RawCertificate> change)
    {
        var raw = new RawCertificate { Issuer = CaName() };
        change(raw);
        return Judge(raw.Sign(CaKey));
    }

    public static void AssertRefused(RefusalReason reason, DeviceVerdict verdict)
    {
        Assert.True(verdict.Reason == reason, $"expected {reason}, got {(verdict.IsAccepted ? "accepted" : verdict.Reason.ToString())}: {verdict.Detail}");
        Assert.False(verdict.IsAccepted);
        Assert.NotEmpty(verdict.Detail);
        Assert.All(verdict.Detail + verdict.Subject + verdict.Issuer, c => Assert.InRange(c, ' ', '~'));
    }

    public static void AssertAccepted(DeviceVerdict verdict) => Assert.True(verdict.IsAccepted, $"{verdict.Reason}: {verdict.Detail}");

    public static byte[] CaName()
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(Ca.Certificate.Der);
        return certificate.SubjectName.RawData;
    }
}
