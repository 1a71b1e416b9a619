using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls.Handshake;

/// <summary>Every state of the client against every message (ATTACKS D28).</summary>
public sealed class ClientStateTests
{
    private static readonly string[] States =
        ["ServerHello", "Certificate", "KeyExchange", "HelloDone", "HelloDoneRequested", "Verification", "Signature", "ChangeCipherSpec", "Finished"];

    public static TheoryData<string, byte, int> Table() => StateTable.Of(States, 5);

    internal static RogueServer Reach(string state)
    {
        var server = new RogueServer();
        var place = Array.IndexOf(States, state);
        _ = place > 0 ? server.SendHello() : server;
        _ = place > 1 ? server.SendCertificate() : server;
        _ = place > 2 ? server.SendShare() : server;
        _ = place > 3 ? server.SendRequest() : server;
        server.HoldWork = place is 5 or 6;
        _ = place > 4 ? server.SendDone() : server;
        if (place == 6)
        {
            server.Target.HandleWork(server.Now, server.Work.Dequeue().Run(DateTimeOffset.UtcNow));
            server.Drain();
        }

        _ = place > 6 ? server.Derive() : server;
        _ = place > 7 ? server.ChangeCipherSpec() : server;
        return server;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void A_message_out_of_place_ends_the_handshake(string state, byte number, int length)
    {
        var type = (HandshakeType)number;
        var server = Reach(state);
        server.Send(type, new byte[length]);
        server.HoldWork = false;
        server.RunWork();
        if (type == HandshakeType.Finished)
        {
            Assert.Equal(RecordOutcome.HandshakeDiscarded, server.Outcomes[^1]);
            Assert.False(server.Target.IsClosed);
            return;
        }

        var expected = state switch
        {
            "ServerHello" => type is HandshakeType.ServerHello or HandshakeType.HelloVerifyRequest,
            "Certificate" => type is HandshakeType.Certificate,
            "KeyExchange" => type is HandshakeType.ServerKeyExchange,
            "HelloDone" => type is HandshakeType.CertificateRequest or HandshakeType.ServerHelloDone,
            "HelloDoneRequested" => type is HandshakeType.ServerHelloDone,
            _ => false,
        };
        if (expected && type == HandshakeType.ServerHelloDone && length == 0)
        {
            Assert.False(server.Target.IsClosed);
            return;
        }

        // Also a ServerHelloDone that is not empty is refused for its length wherever it comes.
        var decode = expected || (type == HandshakeType.ServerHelloDone && length > 0);
        Assert.True(server.Target.IsClosed);
        Assert.Equal(decode ? AlertDescription.DecodeError : AlertDescription.UnexpectedMessage, server.Failure.Alert);
    }

    [Fact]
    public void An_honest_server_is_believed()
    {
        var server = Reach("Finished");
        server.SendFinished();
        Assert.True(server.Target.IsEstablished);
        server.SendRecord(ContentType.ApplicationData, "hi"u8, isProtected: true);
        Assert.Equal("hi"u8.ToArray(), Assert.Single(server.Delivered));
    }

    [Fact]
    public void A_wrong_Finished_of_the_server_is_refused()
    {
        var server = Reach("Finished");
        server.SendFinished(new byte[12]);
        Assert.Equal(AlertDescription.DecryptError, server.Refusal());
    }

    [Fact]
    public void A_Finished_of_another_length_is_a_decode_error()
    {
        var server = Reach("Finished");
        server.SendFinished(new byte[11]);
        Assert.Equal(AlertDescription.DecodeError, server.Refusal());
    }

    [Fact]
    public void A_share_that_nobody_signed_is_refused()
    {
        var server = new RogueServer().SendHello().SendCertificate();
        server.SendShare(server.Share() with { Signature = [] }).SendDone();
        Assert.Equal(AlertDescription.DecryptError, server.Refusal());
    }

    [Fact]
    public void A_share_signed_for_another_point_is_refused()
    {
        var server = new RogueServer().SendHello().SendCertificate();
        var other = new RogueServer().SendHello();
        server.SendShare(server.Share() with { Point = other.Share().Point }).SendDone();
        Assert.Equal(AlertDescription.DecryptError, server.Refusal());
    }

    [Fact]
    public void A_signed_point_off_the_curve_is_refused()
    {
        var server = new RogueServer().SendHello().SendCertificate();
        byte[] point = [4, .. new byte[64]];
        server.SendShare(server.Share(point)).SendDone();
        Assert.Equal(AlertDescription.IllegalParameter, server.Refusal());
    }

    [Theory]
    [InlineData(0xFEFF, 0xC0AE, 0, AlertDescription.ProtocolVersion)]
    [InlineData(0xFEFC, 0xC0AE, 0, AlertDescription.ProtocolVersion)]
    [InlineData(0xFEFD, 0xC02B, 0, AlertDescription.IllegalParameter)]
    [InlineData(0xFEFD, 0xC0AE, 1, AlertDescription.IllegalParameter)]
    public void A_ServerHello_must_choose_what_was_offered(int version, int suite, int compression, AlertDescription alert)
    {
        var server = new RogueServer();
        server.SendHello(server.GoodHello() with { Version = (ushort)version, CipherSuite = (ushort)suite, Compression = (byte)compression });
        Assert.Equal(alert, server.Refusal());
    }

    [Theory]
    [InlineData("00100000")] // one that we do not know
    [InlineData("0000" + "0000")] // server_name
    [InlineData("0001" + "000100")] // max_fragment_length, and a length that there is not
    [InlineData("0001" + "000102")]
    [InlineData("001C" + "00024000")] // record_size_limit
    [InlineData("0036" + "00020109")] // connection_id
    [InlineData("003D" + "0000")] // rrc
    [InlineData("0023" + "0000")] // session_ticket
    [InlineData("000D" + "000400020403")] // signature_algorithms
    public void An_extension_that_was_not_offered_is_refused(string hex)
    {
        var server = new RogueServer();
        byte[] body = [.. server.GoodHello().ToBytes(), .. Convert.FromHexString(hex)];
        var length = body.Length - 2 - 32 - 1 - 2 - 1 - 2;
        body[38] = (byte)(length >> 8);
        body[39] = (byte)length;
        server.Send(HandshakeType.ServerHello, body);
        Assert.Equal(AlertDescription.UnsupportedExtension, server.Refusal());
    }

    [Fact]
    public void A_server_without_extended_master_secret_is_refused_when_it_is_required()
    {
        var server = new RogueServer(DtlsPair.DefaultClient with { RequireExtendedMasterSecret = true });
        server.SendHello(server.GoodHello() with { Extensions = new ServerHelloExtensions { PointFormats = true, RenegotiationInfo = true } });
        Assert.Equal(AlertDescription.HandshakeFailure, server.Refusal());
    }

    [Fact]
    public void A_server_that_always_asks_for_a_cookie_is_given_up()
    {
        var server = new RogueServer();
        for (var round = 0; round < 4; round++)
        {
            server.Send(HandshakeType.HelloVerifyRequest, [0xFE, 0xFF, 1, (byte)round]);
        }

        Assert.Equal(AlertDescription.DecodeError, server.Refusal());
    }
}
