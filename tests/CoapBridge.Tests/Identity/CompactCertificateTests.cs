using CoapBridge.Identity;
using static CoapBridge.Tests.Identity.Mint;

namespace CoapBridge.Tests.Identity;

/// <summary>What is kept of a certificate while its device is idle gives back every octet of it.</summary>
public sealed class CompactCertificateTests
{
    [Fact]
    public void A_certificate_comes_back_whole_and_takes_less_than_seven_tenths()
    {
        foreach (var number in Enumerable.Range(0, 50))
        {
            var leaf = Ca.Issue(Device with { CommonName = $"device-{number}" }).Der;
            var compact = CompactCertificate.Write(leaf, Ca.Certificate.Der);
            Assert.Equal(leaf, CompactCertificate.Read(compact, Ca.Certificate.Der));
            Assert.True(compact.Length < leaf.Length * 7 / 10, $"{compact.Length} of {leaf.Length}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_octets_come_back_beside_any_others(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 2_000; round++)
        {
            // Few different octets make many copies, many make none.
            var kinds = random.Next(1, 257);
            byte[] Octets(int longest) => [.. Enumerable.Range(0, random.Next(longest)).Select(_ => (byte)random.Next(kinds))];
            var issuer = Octets(700);
            byte[] certificate = random.Next(2) == 0 ? Octets(1_500) : [.. Octets(300), .. issuer, .. Octets(300)];
            Assert.Equal(certificate, CompactCertificate.Read(CompactCertificate.Write(certificate, issuer), issuer));
        }
    }

    [Fact]
    public void The_longest_list_that_is_accepted_fits()
    {
        var random = new Random(5);
        var (leaf, issuer) = (new byte[CertificateLimits.MaxListOctets], new byte[CertificateLimits.MaxListOctets]);
        random.NextBytes(leaf);
        random.NextBytes(issuer);
        Assert.Equal(leaf, CompactCertificate.Read(CompactCertificate.Write(leaf, issuer), issuer));
    }

    [Fact]
    public void An_identity_that_let_go_says_the_same_again()
    {
        var between = Ca.CreateIntermediate("Between");
        foreach (var verdict in new[] { Judge(Ca.Issue(Device).Der), Judge(between.Issue(Device).Der, between.Certificate.Der) })
        {
            var device = verdict.Device!;
            (string, string, string, string, string) Say() => (device.Name, device.CertificateSha256, device.Subject, device.Issuer, device.SerialNumber);
            var (before, chain) = (Say(), device.Chain.Select(Convert.ToHexString).ToList());
            device.LetGo();
            Assert.Equal(chain, device.Chain.Select(Convert.ToHexString));
            Assert.Equal(before, Say());
        }
    }
}
