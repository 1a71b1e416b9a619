using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.Mint;

namespace CoapBridge.Tests.Identity;

/// <summary>PRODUCT.md, "check": what is told about the gateway's own certificate.</summary>
public sealed class OwnCertificateCheckTests
{
    private static readonly CertificateOptions Gateway = new()
    {
        CommonName = "gateway-1",
        DnsNames = ["localhost"],
        ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
    };

    [Fact]
    public void A_good_certificate_has_only_good_findings()
    {
        var findings = Examine(Gateway);
        Assert.All(findings, finding => Assert.Equal(FindingLevel.Good, finding.Level));
        Assert.Equal(7, findings.Count);
    }

    [Fact]
    public void Everything_wrong_is_told_at_once()
    {
        var findings = Examine(Gateway with { KeyUsage = System.Security.Cryptography.X509Certificates.X509KeyUsageFlags.KeyAgreement, ExtendedKeyUsage = [CertificatePurposes.ServerAuth], NotAfter = Now.AddSeconds(-1), DnsNames = [] });
        Assert.Equal(["expired at 2026-06-01 11:59:59Z", "keyUsage lacks digitalSignature", "extKeyUsage lacks clientAuth: the broker will refuse it"],
            findings.Where(finding => finding.Level == FindingLevel.Problem).Select(finding => finding.Text));
        Assert.Contains("no name in subjectAltName", Assert.Single(findings, finding => finding.Level == FindingLevel.Warning).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_key_another_CA_another_curve_and_a_near_end_are_told()
    {
        var issued = Ca.Issue(Gateway);
        Assert.Contains(OwnCertificateCheck.Examine([issued.Der], Anchors, new byte[65], Now), finding => finding is { Level: FindingLevel.Problem, Text: "the private key does not belong to the certificate" });
        Assert.Contains(OwnCertificateCheck.Examine([issued.Der], Trust(CertificateAuthority.CreateRoot("Other", Now)), [], Now), finding => finding.Text.EndsWith("(unknown_ca)", StringComparison.Ordinal));
        Assert.Contains(Examine(Gateway with { Key = KeyKind.P384 }), finding => finding.Text.EndsWith("(key_type)", StringComparison.Ordinal));
        Assert.Contains(Examine(Gateway with { NotAfter = Now.AddDays(29) }), finding => finding is { Level: FindingLevel.Warning });
        Assert.Equal(FindingLevel.Problem, Assert.Single(OwnCertificateCheck.Examine([[1]], Anchors, [], Now)).Level);
        Assert.Equal(FindingLevel.Problem, Assert.Single(OwnCertificateCheck.Examine([], Anchors, [], Now)).Level);
    }

    private static IReadOnlyList<Finding> Examine(CertificateOptions options)
    {
        var issued = Ca.Issue(options);
        using var key = issued.OpenEcdsa();
        return OwnCertificateCheck.Examine([issued.Der], Anchors, key.ExportSubjectPublicKeyInfo().AsSpan()[^65..], Now);
    }
}
