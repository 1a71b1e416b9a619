using System.Net;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;
using CoapBridge.Tools.Pki;
using static CoapBridge.Tests.Identity.Mint;

namespace CoapBridge.Tests.Identity;

/// <summary>REQUIREMENTS 7.06, 11.01 to 11.06, for our DTLS client.</summary>
public sealed class ServerCertificatePolicyTests
{
    private static readonly CertificateOptions Server = new()
    {
        CommonName = "cn.example",
        ExtendedKeyUsage = [CertificatePurposes.ServerAuth],
        DnsNames = ["gateway.example", "*.wild.example"],
        IpAddresses = [IPAddress.Loopback, IPAddress.IPv6Loopback],
    };

    [Theory]
    [InlineData("gateway.example", true)]
    [InlineData("GateWay.Example", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("0:0:0:0:0:0:0:1", true)]
    [InlineData("127.0.0.2", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("cn.example", false)] // never the CN
    [InlineData("a.wild.example", false)] // no wildcards
    [InlineData("wild.example", false)]
    [InlineData("gateway.example.evil", false)]
    public void The_name_is_proved_by_the_SAN_alone(string name, bool accepted)
    {
        var verdict = Ask(Server, name);
        Assert.Equal(accepted ? null : RefusalReason.Name, verdict.Reason);
        Assert.Equal(accepted, verdict.PublicKeyPoint is [4, ..]);
    }

    [Fact]
    public void An_address_in_a_DNS_name_proves_nothing()
    {
        Assert.Equal(RefusalReason.Name, Ask(Server with { DnsNames = ["10.0.0.1"], IpAddresses = [] }, "10.0.0.1").Reason);
        Assert.Equal(RefusalReason.Name, Ask(Server with { DnsNames = [], IpAddresses = [], CommonName = "gateway.example" }, "gateway.example").Reason);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("*.example")]
    [InlineData("a/b")]
    [InlineData("gerät.example")]
    public void What_is_no_name_is_not_asked_for(string name) => Assert.Null(ServerName.TryParse(name));

    [Fact]
    public void A_server_may_sign_and_serve_and_is_of_our_CA()
    {
        Assert.True(Ask(Server with { KeyUsage = null, ExtendedKeyUsage = null }, "127.0.0.1").IsAccepted);
        Assert.Equal(RefusalReason.KeyUsage, Ask(Server with { KeyUsage = X509KeyUsageFlags.KeyAgreement }, "127.0.0.1").Reason);
        Assert.Equal(RefusalReason.ExtendedKeyUsage, Ask(Server with { ExtendedKeyUsage = [CertificatePurposes.ClientAuth] }, "127.0.0.1").Reason);
        Assert.Equal(RefusalReason.KeyType, Ask(Server with { Key = KeyKind.Rsa2048 }, "127.0.0.1").Reason);
        Assert.Equal(RefusalReason.IsCa, Ask(Server with { IsCa = true }, "127.0.0.1").Reason);
        Assert.Equal(RefusalReason.Expired, Ask(Server with { NotAfter = Now.AddSeconds(-1) }, "127.0.0.1").Reason);
        var other = CertificateAuthority.CreateRoot("Other", Now).Issue(Server);
        Assert.Equal(RefusalReason.UnknownCa, new ServerCertificatePolicy(Anchors, ServerName.TryParse("::1")!).Evaluate([other.Der], Now).Reason);
        Assert.Equal(RefusalReason.NoCertificate, new ServerCertificatePolicy(Anchors, ServerName.TryParse("::1")!).Evaluate([], Now).Reason);
    }

    private static ServerVerdict Ask(CertificateOptions options, string name) =>
        new ServerCertificatePolicy(Anchors, ServerName.TryParse(name)!).Evaluate([Ca.Issue(options).Der], Now);
}
