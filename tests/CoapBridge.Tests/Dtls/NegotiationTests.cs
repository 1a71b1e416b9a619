using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls;

/// <summary>What a ClientHello offers and what becomes of it (REQUIREMENTS 2.1 to 2.8, 3, 4; ATTACKS E).</summary>
public sealed class NegotiationTests
{
    public static TheoryData<string, DtlsFault> Refusals() => new()
    {
        { "dtls 1.0", DtlsFault.ProtocolVersion },
        { "tls 1.2", DtlsFault.ProtocolVersion },
        { "no suite of ours", DtlsFault.NoCommonSuite },
        { "no null compression", DtlsFault.DecodeError },
        { "no groups", DtlsFault.NoP256 },
        { "groups without P-256", DtlsFault.NoP256 },
        { "groups of odd length", DtlsFault.DecodeError },
        { "groups empty", DtlsFault.DecodeError },
        { "groups with trailing byte", DtlsFault.DecodeError },
        { "point formats without uncompressed", DtlsFault.IllegalParameter },
        { "point formats empty", DtlsFault.DecodeError },
        { "no signature algorithms", DtlsFault.SignatureAlgorithms },
        { "signature algorithms of SHA-1", DtlsFault.SignatureAlgorithms },
        { "signature algorithms odd", DtlsFault.DecodeError },
        { "extended master secret with a body", DtlsFault.DecodeError },
        { "extended master secret twice", DtlsFault.DecodeError },
        { "renegotiation of something", DtlsFault.RenegotiationInfo },
        { "an extension longer than the block", DtlsFault.DecodeError },
        { "a thousand extensions", DtlsFault.DecodeError },
        { "an unknown extension twice", DtlsFault.DecodeError },
    };

    private static HelloBuilder Spoil(string how)
    {
        var hello = new HelloBuilder();
        return how switch
        {
            "dtls 1.0" => hello with { Version = 0xFEFF },
            "tls 1.2" => hello with { Version = 0x0303 },
            "no suite of ours" => hello with { Suites = [0x0000, 0xC001, 0xC0A8, 0xC024, 0xC02C, 0x0005, 0x0A0A, 0xC0AF] },
            "no null compression" => hello with { Compression = [1] },
            "no groups" => hello.Without(10),
            "groups without P-256" => hello.With(10, 0, 4, 0, 24, 0, 29),
            "groups of odd length" => hello.With(10, 0, 3, 0, 23, 0),
            "groups empty" => hello.With(10, 0, 0),
            "groups with trailing byte" => hello.With(10, 0, 2, 0, 23, 0),
            "point formats without uncompressed" => hello.With(11, 2, 1, 2),
            "point formats empty" => hello.With(11, 0),
            "no signature algorithms" => hello.Without(13),
            "signature algorithms of SHA-1" => hello.With(13, 0, 6, 2, 3, 1, 1, 4, 1),
            "signature algorithms odd" => hello.With(13, 0, 3, 4, 3, 4),
            "extended master secret with a body" => hello.With(23, 0),
            "extended master secret twice" => hello with { Extensions = [.. hello.Extensions, (23, [])] },
            "renegotiation of something" => hello.With(0xFF01, 1, 0),
            "an extension longer than the block" => hello with { RawExtensions = [0, 4, 0, 10, 0, 9] },
            "a thousand extensions" => hello with { Extensions = [.. Enumerable.Range(1000, 400).Select(type => ((ushort)type, Array.Empty<byte>()))] },
            "an unknown extension twice" => hello with { Extensions = [.. hello.Extensions, (0x5A5A, []), (0x5A5A, [])] },
            _ => throw new ArgumentOutOfRangeException(nameof(how)),
        };
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_hello_without_common_ground_is_refused_with_its_alert(string how, DtlsFault fault)
    {
        var client = new RogueClient();
        var verdict = client.SayTwice(Spoil(how));
        Assert.Equal(HelloOutcome.Refused, verdict.Outcome);
        Assert.Equal(fault, verdict.Fault);
        Assert.Null(verdict.Hello);

        // Record of type 21, number of the hello, fatal, the description.
        Assert.Equal([21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, (byte)fault.ToAlert()], client.Reply);
    }

    [Theory]
    [InlineData("suite length odd")]
    [InlineData("no suites")]
    [InlineData("no compression")]
    [InlineData("session id of 33")]
    [InlineData("extension block too short")]
    [InlineData("extension block too long")]
    public void A_hello_whose_lengths_lie_is_dropped(string how)
    {
        var hello = new HelloBuilder();
        var body = how switch
        {
            "suite length odd" => [.. hello.ToBytes()[..36], 0, 3, 0xC0, 0xAE, 0, 1, 0],
            "no suites" => (hello with { Suites = [] }).ToBytes(),
            "no compression" => (hello with { Compression = [] }).ToBytes(),
            "session id of 33" => (hello with { SessionId = new byte[33] }).ToBytes(),
            "extension block too short" => [.. hello.ToBytes(), 0],
            _ => hello.ToBytes()[..^1],
        };
        var client = new RogueClient();
        Assert.Equal(HelloOutcome.Malformed, client.Say(RogueClient.HelloDatagram(body)).Outcome);
        Assert.Empty(client.Reply);
    }

    [Fact]
    public void Newer_versions_and_unknown_things_are_no_hindrance()
    {
        var hello = new HelloBuilder { Version = 0xFEFC, Suites = [0x1A1A, 0xC02B, 0x5600, 0xC0AE], SessionId = new byte[32], Compression = [1, 0] }
            .With(0x2A2A).With(43, 2, 0xFE, 0xFC)

            // ATTACKS E21: not ours; read by nobody, answered to by nobody.
            .With(5, 1, 2, 3).With(2, 1, 2);
        var client = new RogueClient { Hello = hello }.Handshake();
        Assert.Equal(DtlsVersion.Dtls12, client.ServerHello.Version);
        Assert.Equal(CipherSuite.EcdheEcdsaWithAes128Ccm8, client.ServerHello.CipherSuite);
        Assert.True(client.ServerHello.Extensions.ExtendedMasterSecret);
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    [InlineData(false, false, false)]
    public void Secure_renegotiation_is_answered_when_it_is_signalled(bool scsv, bool extension, bool answered)
    {
        var hello = new HelloBuilder { Suites = scsv ? [0xC0AE, 0x00FF] : [0xC0AE] };
        var client = new RogueClient { Hello = extension ? hello.With(0xFF01, 0) : hello }.Handshake();
        Assert.Equal(answered, client.ServerHello.Extensions.RenegotiationInfo);
    }

    [Fact]
    public void A_ServerHello_answers_only_what_was_asked()
    {
        var client = new RogueClient { Hello = (new HelloBuilder { Suites = [0xC0AE] }).Without(11).Without(23) }.Handshake();
        Assert.Equal(new ServerHelloExtensions(), client.ServerHello.Extensions);
        Assert.Equal(2 + 32 + 1 + 2 + 1, client.Heard[0].Body.Length);
        Assert.False(Assert.IsType<DtlsEvent.HandshakeCompleted>(client.Events[0]).ExtendedMasterSecret);
    }

    [Fact]
    public void Without_extended_master_secret_is_refused_when_it_is_required()
    {
        var client = new RogueClient(DtlsPair.DefaultServer with { RequireExtendedMasterSecret = true });
        var verdict = client.SayTwice(new HelloBuilder().Without(23));
        Assert.Equal(DtlsFault.ExtendedMasterSecret, verdict.Fault);
        Assert.Equal((byte)AlertDescription.HandshakeFailure, client.Reply[^1]);
    }

    [Fact]
    public void The_server_flight_is_in_order_and_asks_for_an_ecdsa_certificate()
    {
        var client = new RogueClient().Begin();
        Assert.Equal(
            [HandshakeType.ServerHello, HandshakeType.Certificate, HandshakeType.ServerKeyExchange, HandshakeType.CertificateRequest, HandshakeType.ServerHelloDone],
            client.Heard.Select(message => message.Type));
        Assert.Equal([1, 64, 0, 2, 4, 3, 0, 0], client.Heard[3].Body);
    }

    [Fact]
    public void Each_handshake_has_its_own_share_and_random()
    {
        var one = new RogueClient(seed: 1).Begin();
        var two = new RogueClient(seed: 2).Begin();
        Assert.NotEqual(one.Heard[2].Body[4..69], two.Heard[2].Body[4..69]);
        Assert.NotEqual(one.ServerHello.Random, two.ServerHello.Random);
    }

    [Theory]
    [InlineData(1, new byte[] { 0 }, AlertDescription.IllegalParameter)]
    [InlineData(1, new byte[] { 5 }, AlertDescription.IllegalParameter)]
    [InlineData(1, new byte[] { 255 }, AlertDescription.IllegalParameter)]
    [InlineData(1, new byte[] { 1, 1 }, AlertDescription.DecodeError)]
    [InlineData(28, new byte[] { 0, 0 }, AlertDescription.IllegalParameter)]
    [InlineData(28, new byte[] { 0, 63 }, AlertDescription.IllegalParameter)]
    [InlineData(28, new byte[] { 64 }, AlertDescription.DecodeError)]
    [InlineData(0, new byte[] { }, AlertDescription.DecodeError)]
    [InlineData(0, new byte[] { 0, 0 }, AlertDescription.DecodeError)]
    [InlineData(0, new byte[] { 0, 4, 0, 0, 1, 0 }, AlertDescription.DecodeError)]
    [InlineData(0, new byte[] { 0, 8, 0, 0, 1, 65, 0, 0, 1, 66 }, AlertDescription.DecodeError)]
    [InlineData(54, new byte[] { }, AlertDescription.DecodeError)]
    [InlineData(54, new byte[] { 2, 1 }, AlertDescription.DecodeError)]
    [InlineData(54, new byte[] { 0, 1 }, AlertDescription.DecodeError)]
    [InlineData(61, new byte[] { 1 }, AlertDescription.DecodeError)]
    public void A_malformed_extension_is_fatal(int type, byte[] body, AlertDescription alert)
    {
        // ATTACKS E18, E19, G13.
        var client = new RogueClient();
        Assert.Equal(HelloOutcome.Refused, client.SayTwice(new HelloBuilder().With((ushort)type, body)).Outcome);
        Assert.Equal((byte)alert, client.Reply[^1]);
    }

    [Theory]
    [InlineData(1, new byte[] { 1 }, 512)]
    [InlineData(28, new byte[] { 0, 64 }, 64)]
    [InlineData(28, new byte[] { 1, 0 }, 256)]
    public void Records_towards_the_client_keep_its_limit(int type, byte[] body, int limit)
    {
        var client = new RogueClient { Hello = new HelloBuilder().With((ushort)type, body) }.Handshake();
        Assert.True(client.Datagrams.SelectMany(Fragments).All(length => length <= limit));
        Assert.Equal(limit, client.Target.MaximumApplicationData);
    }

    [Fact]
    public void A_record_size_limit_makes_the_fragment_length_go_unanswered()
    {
        var client = new RogueClient { Hello = new HelloBuilder().With(1, 2).With(28, 1, 0) }.Handshake();
        Assert.Equal(256, client.Target.MaximumApplicationData);
    }

    private static IEnumerable<int> Fragments(byte[] datagram)
    {
        for (var rest = datagram; rest.Length > 0;)
        {
            Assert.True(RecordHeader.TryParse(rest, out var header));
            yield return header.FragmentLength - (header.Epoch == 0 ? 0 : 16);
            rest = rest[header.RecordLength..];
        }
    }
}
