using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls;

/// <summary>Offers that clients make and that we do not take up, or not in that form (REQUIREMENTS 2, 3, 6).</summary>
public sealed class OfferTests
{
    [Fact]
    public void A_hello_may_come_in_a_record_of_DTLS_1_0_and_no_other_record_may()
    {
        // RFC 6347 §4.2.1.
        var client = new RogueClient();
        Assert.Equal(HelloOutcome.CookieSent, client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes(), version: DtlsVersion.Dtls10)).Outcome);
        Assert.Equal(HelloOutcome.NotAHello, client.Say(RogueClient.HelloDatagram(client.Hello.ToBytes(), version: 0x0303)).Outcome);
        client.Begin();
        client.Deliver(RoguePeer.Plain(ContentType.ChangeCipherSpec, [1], version: DtlsVersion.Dtls10));
        Assert.Equal(RecordOutcome.Version, client.Outcomes[^1]);
        Assert.True(client.Finish().Target.IsEstablished);
    }

    [Theory]
    [InlineData(35, "")] // session_ticket: none are given (RFC 5077)
    [InlineData(35, "00112233445566778899AABBCCDDEEFF")]
    [InlineData(2, "")] // client_certificate_url: nothing is fetched
    [InlineData(4, "")] // truncated_hmac
    [InlineData(3, "0000")] // trusted_ca_keys
    [InlineData(5, "0100000000")] // status_request
    [InlineData(15, "01")] // heartbeat
    [InlineData(16, "000403636F61")] // ALPN, and its length lies
    [InlineData(22, "")] // encrypt_then_mac
    [InlineData(42, "")] // early_data
    [InlineData(43, "03FEFCFE")] // supported_versions, odd
    [InlineData(44, "0000")] // cookie
    [InlineData(51, "0000")] // key_share
    [InlineData(0x0A0A, "00")] // GREASE
    public void What_we_do_not_do_is_passed_over_and_not_answered(int type, string body)
    {
        var plain = new RogueClient().Handshake();
        var client = new RogueClient { Hello = new HelloBuilder().With((ushort)type, Convert.FromHexString(body)) }.Handshake();
        Assert.Equal(plain.ServerHello.Extensions, client.ServerHello.Extensions);
        Assert.Equal(plain.Heard.Select(message => message.Type), client.Heard.Select(message => message.Type));
    }

    [Fact]
    public void A_client_of_DTLS_1_3_alone_has_no_common_suite_and_one_of_both_gets_1_2()
    {
        // ATTACKS E01, E23.
        var hello = new HelloBuilder { Suites = [0x1301, 0x1303] }.With(43, 2, 0xFE, 0xFC).With(51, 0, 2, 0, 23).With(45, 1, 1);
        Assert.Equal(DtlsFault.NoCommonSuite, new RogueClient().SayTwice(hello).Fault);
        var both = hello.With(43, 4, 0xFE, 0xFC, 0xFE, 0xFD) with { Suites = [0x1301, 0xC0AE, 0x00FF], SessionId = new byte[32] };
        var client = new RogueClient { Hello = both }.Handshake();
        Assert.Equal(DtlsVersion.Dtls12, client.ServerHello.Version);
        Assert.Empty(client.ServerHello.SessionId);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("192.0.2.1")]
    [InlineData("[2001:db8::1]")]
    [InlineData("gateway.example.")]
    [InlineData("GATEWAY.example")]
    public void Any_printable_server_name_will_do(string name)
    {
        // REQUIREMENTS 6.02; ATTACKS E19: clients send what they were told, addresses too, and nothing hangs on it.
        var bytes = Encoding.ASCII.GetBytes(name);
        byte[] list = [0, (byte)(bytes.Length + 3), 0, 0, (byte)bytes.Length, .. bytes];
        var client = new RogueClient { Hello = new HelloBuilder().With(0, list) }.Handshake();
        Assert.Equal(new ServerHelloExtensions { ServerName = true, PointFormats = true, ExtendedMasterSecret = true, RenegotiationInfo = true }, client.ServerHello.Extensions);
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("a\u00e4")]
    public void A_server_name_that_could_forge_a_log_line_is_a_decode_error(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        byte[] list = [0, (byte)(bytes.Length + 3), 0, 0, (byte)bytes.Length, .. bytes];
        Assert.Equal(DtlsFault.DecodeError, new RogueClient().SayTwice(new HelloBuilder().With(0, list)).Fault);
    }

    [Theory]
    [InlineData(255)]
    [InlineData(100)]
    [InlineData(1)]
    public void A_cookie_whose_length_lies_is_dropped(int length)
    {
        // ATTACKS A08. The cookie's length stands after version, random and an empty session id.
        var body = new HelloBuilder { Suites = [0xC0AE], Extensions = [] }.ToBytes();
        body[35] = (byte)length;
        var client = new RogueClient();
        Assert.NotEqual(HelloOutcome.Accepted, client.Say(RogueClient.HelloDatagram(body)).Outcome);
        var whole = (client.Hello with { Cookie = new byte[length] }).ToBytes();
        Assert.Equal(HelloOutcome.CookieSent, client.Say(RogueClient.HelloDatagram(whole)).Outcome);
        client.Handshake();
    }

    [Fact]
    public void The_key_exchange_names_secp256r1_and_an_uncompressed_point()
    {
        var client = new RogueClient().Begin();
        Assert.Equal([3, 0, 23, 65, 4], client.Heard[2].Body[..5]);
        Assert.Equal([4, 3], client.Heard[2].Body[69..71]);
    }

    [Fact]
    public void The_CertificateRequest_lists_the_names_of_our_CAs()
    {
        var settings = DtlsPair.DefaultServer with { CertificateAuthorities = [[0x30, 0x00], [0x30, 0x01, 0x05]] };
        var client = new RogueClient(settings).Begin();
        Assert.Equal([1, 64, 0, 2, 4, 3, 0, 9, 0, 2, 0x30, 0, 0, 3, 0x30, 1, 5], client.Heard[3].Body);
        Assert.True(client.Finish().Target.IsEstablished);
    }
}
