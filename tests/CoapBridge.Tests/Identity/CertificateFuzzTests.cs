using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.Mint;

namespace CoapBridge.Tests.Identity;

/// <summary>Broken bytes are never let in and never throw; on good chains we agree with the platform.</summary>
public sealed class CertificateFuzzTests
{
    [Fact]
    public void No_single_changed_byte_of_a_good_leaf_is_let_in()
    {
        var policy = new DeviceCertificatePolicy(Anchors, new());
        var good = Ca.Issue(Device).Der;
        AssertAccepted(policy.Evaluate([good], Now));
        foreach (var mask in new byte[] { 0x01, 0x80, 0xFF })
        {
            for (var i = 0; i < good.Length; i++)
            {
                var changed = good.ToArray();
                changed[i] ^= mask;
                Assert.False(policy.Evaluate([changed], Now).IsAccepted, $"octet {i} ^ {mask:x2}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Spliced_cut_and_stirred_lists_are_refused_with_a_reason(int seed)
    {
        var random = new Random(seed);
        var intermediate = Ca.CreateIntermediate("Middle");
        byte[][] chain = [intermediate.Issue(Device).Der, intermediate.Certificate.Der, Ca.Certificate.Der];
        var policy = new DeviceCertificatePolicy(Anchors, new());
        for (var round = 0; round < 3000; round++)
        {
            var stirred = chain.Select(certificate => certificate.ToArray()).ToArray();
            var victim = stirred[0];
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                victim[random.Next(victim.Length)] = (byte)random.Next(256);
            }

            if (random.Next(3) == 0)
            {
                var from = random.Next(victim.Length);
                stirred[0] = [.. victim[..from], .. chain[random.Next(3)].AsSpan(random.Next(200))];
            }

            random.Shuffle(stirred.AsSpan(random.Next(1, 3)));
            var verdict = policy.Evaluate(stirred, Now);
            if (verdict.IsAccepted)
            {
                Assert.Equal(chain[0], stirred[0]); // the dice wrote what was there
            }
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Good_chains_are_good_for_the_platform_too(int seed)
    {
        var random = new Random(seed);
        KeyKind[] kinds = [KeyKind.P256, KeyKind.P384, KeyKind.Rsa2048];
        HashAlgorithmName[] hashes = [HashAlgorithmName.SHA256, HashAlgorithmName.SHA384];
        for (var round = 0; round < 12; round++)
        {
            var options = CertificateAuthority.CaOptions();
            var root = CertificateAuthority.CreateRoot($"Root {round}", Now, options with { Key = kinds[random.Next(3)], Hash = hashes[random.Next(2)] });
            var middle = root.CreateIntermediate("Middle", options with { Key = kinds[random.Next(3)], Hash = hashes[random.Next(2)] });
            var last = middle.CreateIntermediate("Last", options with { Key = kinds[random.Next(2)], Hash = hashes[random.Next(2)] });
            var leaf = last.Issue(new()
            {
                CommonName = $"device-{random.Next()}",
                ExtendedKeyUsage = random.Next(2) == 0 ? null : [CertificatePurposes.ClientAuth],
                DnsNames = random.Next(2) == 0 ? [] : ["a.example"],
                NotAfter = random.Next(2) == 0 ? null : new DateTimeOffset(9999, 12, 31, 23, 59, 59, TimeSpan.Zero),
            });
            byte[][] list = [leaf.Der, last.Certificate.Der, middle.Certificate.Der];
            AssertAccepted(Judge(Trust(root), list));
            Assert.True(PlatformAccepts(root, list), $"seed {seed} round {round}");
            list[0][^1] ^= 1;
            AssertRefused(RefusalReason.BadSignature, Judge(Trust(root), list));
            Assert.False(PlatformAccepts(root, list), $"seed {seed} round {round}");
        }
    }

    private static bool PlatformAccepts(CertificateAuthority root, byte[][] list)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(root.Certificate.Der));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = Now.UtcDateTime;
        foreach (var certificate in list.Skip(1))
        {
            chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(certificate));
        }

        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(list[0]);
            return chain.Build(leaf);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
