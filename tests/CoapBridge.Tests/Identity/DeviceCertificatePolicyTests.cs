using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.Mint;
using static CoapBridge.Tests.Identity.RawCertificate;

namespace CoapBridge.Tests.Identity;

/// <summary>ATTACKS F01, F04, F05, F07, F11, F13, F16, F17; REQUIREMENTS 7.02, 7.03, 10.02, 10.03, 10.08, 10.10, 10.13; DESIGN D-1, D-2, D-4.</summary>
public sealed class DeviceCertificatePolicyTests
{
    [Fact]
    public void A_device_of_the_cloud_CA_is_let_in_and_known()
    {
        var issued = Ca.Issue(Device);
        var verdict = Judge(issued.Der);
        AssertAccepted(verdict);
        var device = verdict.Device!;
        using var key = issued.OpenEcdsa();
        Assert.Equal("device-1", device.Name);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(issued.Der)), device.CertificateSha256);
        Assert.Equal(key.ExportSubjectPublicKeyInfo()[^65..], device.PublicKeyPoint);
        Assert.Equal(Now.AddYears(1), device.NotAfter);
        Assert.Equal(("CN=device-1", "CN=CA"), (device.Subject, device.Issuer));
        Assert.Equal(("CN=device-1", "CN=CA", ""), (verdict.Subject, verdict.Issuer, verdict.Detail));
    }

    [Fact]
    public void No_certificate_is_a_reason_of_its_own() => AssertRefused(RefusalReason.NoCertificate, Judge());

    [Fact]
    public void Validity_includes_both_ends_in_any_time_zone()
    {
        var leaf = Ca.Issue(Device).Der;
        var policy = new DeviceCertificatePolicy(Anchors, new());
        DateTimeOffset first = Now.AddHours(-1), last = Now.AddYears(1);
        foreach (var zone in new[] { TimeSpan.Zero, TimeSpan.FromHours(5.5), TimeSpan.FromHours(-11) })
        {
            AssertAccepted(policy.Evaluate([leaf], first.ToOffset(zone)));
            AssertAccepted(policy.Evaluate([leaf], last.ToOffset(zone)));
            AssertRefused(RefusalReason.NotYetValid, policy.Evaluate([leaf], first.AddSeconds(-1).ToOffset(zone)));
            AssertRefused(RefusalReason.Expired, policy.Evaluate([leaf], last.AddSeconds(1).ToOffset(zone)));
        }
    }

    [Theory]
    [InlineData(null, false, true)]
    [InlineData(X509KeyUsageFlags.KeyAgreement, false, false)]
    [InlineData(X509KeyUsageFlags.KeyCertSign, false, false)]
    [InlineData(X509KeyUsageFlags.DecipherOnly, false, false)]
    [InlineData(X509KeyUsageFlags.DigitalSignature, true, true)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.DecipherOnly, true, true)]
    public void KeyUsage_must_allow_digitalSignature(X509KeyUsageFlags? usage, bool required, bool ifPresent)
    {
        var leaf = Ca.Issue(Device with { KeyUsage = usage }).Der;
        Check(required, Judge(Anchors, leaf));
        Check(ifPresent, Judge(Anchors, new DevicePolicySettings { KeyUsage = ExtensionDemand.IfPresent }, leaf));

        static void Check(bool accepted, DeviceVerdict verdict)
        {
            if (accepted)
            {
                AssertAccepted(verdict);
            }
            else
            {
                AssertRefused(RefusalReason.KeyUsage, verdict);
            }
        }
    }

    [Theory]
    [InlineData(null, true, false)]
    [InlineData(CertificatePurposes.ServerAuth, false, false)]
    [InlineData(CertificatePurposes.CodeSigning, false, false)]
    [InlineData(CertificatePurposes.Any, false, false)]
    [InlineData(CertificatePurposes.ClientAuth, true, true)]
    [InlineData(CertificatePurposes.ServerAuth + " " + CertificatePurposes.ClientAuth, true, true)]
    public void ExtendedKeyUsage_must_have_clientAuth_when_there(string? purposes, bool ifPresent, bool required)
    {
        var leaf = Ca.Issue(Device with { ExtendedKeyUsage = purposes?.Split(' ') }).Der;
        Assert.Equal(ifPresent ? null : RefusalReason.ExtendedKeyUsage, Judge(Anchors, leaf).Reason);
        Assert.Equal(
            required ? null : RefusalReason.ExtendedKeyUsage,
            Judge(Anchors, new DevicePolicySettings { ExtendedKeyUsage = ExtensionDemand.Required }, leaf).Reason);
    }

    [Fact]
    public void A_CA_is_never_a_device()
    {
        AssertRefused(RefusalReason.IsCa, Judge(Ca.Certificate.Der));
        AssertRefused(RefusalReason.IsCa, Judge(Device with { IsCa = true }));
        AssertAccepted(Judge(Device with { IsCa = false }));
    }

    [Theory]
    [InlineData(KeyKind.P384)]
    [InlineData(KeyKind.Secp256k1)]
    [InlineData(KeyKind.Rsa2048)]
    public void Only_P256_keys_are_let_in(KeyKind kind) => AssertRefused(RefusalReason.KeyType, Judge(Device with { Key = kind }));

    [Fact]
    public void An_Ed25519_key_and_explicit_curve_parameters_are_another_key_type()
    {
        AssertRefused(RefusalReason.KeyType, JudgeRaw(raw =>
            raw.PublicKey = Tlv(0x30, Convert.FromHexString("300506032B6570"), Tlv(0x03, new byte[33]))));
        AssertRefused(RefusalReason.KeyType, JudgeRaw(raw =>
            raw.PublicKey = Tlv(0x30, Convert.FromHexString("300D06072A8648CE3D020130020101"), Tlv(0x03, new byte[66]))));
    }

    [Fact]
    public void The_leaf_is_signed_with_ECDSA_and_SHA256()
    {
        AssertRefused(RefusalReason.SignatureAlgorithm, Judge(Device with { Hash = HashAlgorithmName.SHA384 }));
        AssertRefused(RefusalReason.SignatureAlgorithm, JudgeRaw(raw => raw.Algorithm = EcdsaWithSha1));
        var rsa = CertificateAuthority.CreateRoot("RSA CA", Now, CertificateAuthority.CaOptions() with { Key = KeyKind.Rsa2048 });
        AssertRefused(RefusalReason.SignatureAlgorithm, Judge(Trust(rsa), rsa.Issue(Device).Der));
        var p384 = CertificateAuthority.CreateRoot("P-384 CA", Now, CertificateAuthority.CaOptions() with { Key = KeyKind.P384 });
        AssertAccepted(Judge(Trust(p384), p384.Issue(Device).Der));
    }

    [Fact]
    public void A_changed_signature_or_body_is_a_bad_signature()
    {
        var leaf = Ca.Issue(Device).Der;
        var signature = leaf.ToArray();
        signature[^1] ^= 1;
        AssertRefused(RefusalReason.BadSignature, Judge(signature));
        var body = leaf.ToArray();
        body[body.AsSpan().IndexOf("device-1"u8) + 7] = (byte)'2';
        AssertRefused(RefusalReason.BadSignature, Judge(body));
    }

    [Fact]
    public void An_unknown_extension_is_refused_only_when_critical()
    {
        AssertAccepted(Judge(Device with { OtherExtensions = [new X509Extension("1.3.6.1.4.1.99999.1", [5, 0], critical: false)] }));
        var verdict = Judge(Device with { OtherExtensions = [new X509Extension("1.3.6.1.4.1.99999.1", [5, 0], critical: true)] });
        AssertRefused(RefusalReason.CriticalExtension, verdict);
        Assert.Contains("1.3.6.1.4.1.99999.1", verdict.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gateway_itself_and_reserved_names_are_never_a_device()
    {
        var gateway = Ca.Issue(new() { CommonName = "gateway-1" });
        var settings = new DevicePolicySettings { OwnCertificates = [gateway.Der], ReservedNames = ["broker.example"] };
        AssertAccepted(Judge(Anchors, gateway.Der));
        AssertRefused(RefusalReason.ReservedName, Judge(Anchors, settings, gateway.Der));
        AssertRefused(RefusalReason.ReservedName, Judge(Anchors, settings, Ca.Issue(new() { CommonName = "GATEWAY-1" }).Der));
        AssertRefused(RefusalReason.ReservedName, Judge(Anchors, settings, Ca.Issue(new() { CommonName = "Broker.example" }).Der));
        using var key = gateway.OpenEcdsa();
        AssertRefused(RefusalReason.ReservedName, Judge(Anchors, settings, Ca.Issue(Device with { PublicKey = new(key) }).Der));
        AssertAccepted(Judge(Anchors, settings, Ca.Issue(Device).Der));
    }

    [Fact]
    public void Which_names_are_reserved_is_not_told_to_a_stranger()
    {
        var leaf = Ca.Issue(new() { CommonName = "secret-name" }).Der;
        leaf[^1] ^= 1;
        AssertRefused(RefusalReason.BadSignature, Judge(Anchors, new DevicePolicySettings { ReservedNames = ["secret-name"] }, leaf));
    }

    [Fact]
    public async Task Many_threads_may_ask_one_policy_at_once()
    {
        var policy = new DeviceCertificatePolicy(Anchors, new());
        var good = Ca.Issue(Device).Der;
        var bad = good.ToArray();
        bad[^1] ^= 1;
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
            Enumerable.Range(0, 100).All(_ => policy.Evaluate([good], Now).IsAccepted && !policy.Evaluate([bad], Now).IsAccepted))));
        Assert.DoesNotContain(false, verdicts);
    }
}
