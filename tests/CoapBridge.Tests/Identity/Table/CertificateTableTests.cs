using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tests.Identity.Table;

/// <summary>ATTACKS F; REQUIREMENTS 9.30 to 9.32, 10. The same rows go through real handshakes in the interop tests.</summary>
public sealed class CertificateTableTests
{
    private static readonly CertificateTable Table = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));

    private static readonly Dictionary<Setting, DeviceCertificatePolicy> Policies =
        Enum.GetValues<Setting>().ToDictionary(setting => setting, setting => new DeviceCertificatePolicy(Mint.Trust([.. Table.Pki.Anchors]), Table.SettingsOf(setting)));

    public static TheoryData<string> Names => [.. Table.Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_row_is_judged_as_it_says(string name)
    {
        var row = Table.Rows.Single(row => row.Name == name);
        var verdict = Policies[row.Setting].Evaluate(row.Chain, row.Time ?? Table.Pki.Now);
        if (row.Device is not null)
        {
            Mint.AssertAccepted(verdict);
            Assert.Equal(row.Device, verdict.Device!.Name);
            verdict.Device.LetGo();
            Assert.Equal(row.Device, verdict.Device.Name);
            Assert.Equal(row.Chain[0], verdict.Device.Chain[0]);
        }
        else
        {
            Mint.AssertRefused(row.Reason!.Value, verdict);
            Assert.Equal(row.Alert, verdict.Reason!.Value.ToAlert());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_platform_agrees_or_the_row_says_why_not(string name)
    {
        var row = Table.Rows.Single(row => row.Name == name);
        var agrees = PlatformAccepts(row.Chain, row.Time ?? Table.Pki.Now) == row.Device is not null;
        Assert.True(agrees == row.Platform is null, agrees ? $"the platform agrees, yet the row says: {row.Platform}" : "the platform says the opposite");
    }

    [Fact]
    public void The_table_is_long_and_every_reason_of_the_policy_is_in_it()
    {
        Assert.True(Table.Rows.Count >= 120, $"{Table.Rows.Count} rows");
        RefusalReason[] ofTheHandshake =
        [
            RefusalReason.NoCertificate, RefusalReason.NoCommonSuite, RefusalReason.NoP256, RefusalReason.SignatureAlgorithms, RefusalReason.CertificateVerify,
        ];
        Assert.Empty(Enum.GetValues<RefusalReason>().Except(ofTheHandshake).Except(Table.Rows.Where(row => row.Reason is not null).Select(row => row.Reason!.Value)));
    }

    private static bool PlatformAccepts(byte[][] list, DateTimeOffset time)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = time.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(CertificatePurposes.ClientAuth));
        chain.ChainPolicy.CustomTrustStore.AddRange(Table.Pki.Anchors.Select(ca => X509CertificateLoader.LoadCertificate(ca.Certificate.Der)).ToArray());
        try
        {
            foreach (var certificate in list.Skip(1))
            {
                chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(certificate));
            }

            using var leaf = X509CertificateLoader.LoadCertificate(list[0]);
            return chain.Build(leaf);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
