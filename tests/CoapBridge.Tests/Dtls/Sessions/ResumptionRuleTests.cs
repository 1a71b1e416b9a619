using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Extensions;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls.Sessions;

/// <summary>ATTACKS G01, G02, G07: hellos that want a session under other terms, and clients that are not its owner.</summary>
public sealed class ResumptionRuleTests
{
    private static readonly DtlsSettings TwoSuites = Resumption.Server with
    {
        CipherSuites = [DtlsCipherSuite.EcdheEcdsaWithAes128GcmSha256, DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8],
    };

    private readonly Resumption _session = Resumption.Save();

    private RogueClient Begin(Func<HelloBuilder, HelloBuilder>? change = null, DtlsSettings? server = null)
    {
        var hello = new HelloBuilder { SessionId = _session.OfServer.Id.ToArray() };
        return new RogueClient(server ?? Resumption.Server)
        {
            Hello = change?.Invoke(hello) ?? hello,
            Session = _session.OfClient,
            Sessions = { [_session.OfServer.Id] = _session.OfServer },
        }.Begin();
    }

    [Fact]
    public void The_ServerHello_of_a_resumed_session_has_its_id_its_suite_and_only_the_answers_that_still_matter()
    {
        var client = Begin(hello => hello.With(0, [0, 4, 0, 0, 1, .. "x"u8]) with { SessionId = [] }, TwoSuites);
        Assert.True(client.ServerHello.Extensions.ServerName);
        Assert.Equal(32, client.ServerHello.SessionId.Length);

        client = Begin(server: TwoSuites);
        Assert.Equal(_session.OfServer.Id.ToArray(), client.ServerHello.SessionId);
        Assert.Equal((ushort)DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8, client.ServerHello.CipherSuite);
        Assert.Equal(
            new ServerHelloExtensions { ExtendedMasterSecret = true, RenegotiationInfo = true }, client.ServerHello.Extensions);
        Assert.Equal([HandshakeType.ServerHello, HandshakeType.Finished], client.Heard.Select(message => message.Type));
        Assert.True(client.ChangeCipherSpec().SendFinished().Target.IsEstablished);
    }

    [Fact]
    public void A_hello_without_extended_master_secret_ends_the_handshake()
    {
        // RFC 7627 §5.3.
        var client = Begin(hello => hello.Without(23));
        Assert.Equal(AlertDescription.HandshakeFailure, client.Refusal());
        Assert.Equal("extended_master_secret", client.Failure.Reason);
        Assert.False(_session.OfServer.IsErased);
    }

    [Fact]
    public void A_handshake_without_extended_master_secret_leaves_no_session()
    {
        // RFC 7627 §5.3: so there is nothing that a hello with it could resume (ATTACKS G02).
        var client = new RogueClient(Resumption.Server) { Hello = new HelloBuilder().Without(23) }.Handshake();
        Assert.Null(Resumption.Completed(client.Events).Session);
        Assert.Empty(client.ServerHello.SessionId);
    }

    [Fact]
    public void A_suite_that_is_not_offered_again_leads_to_a_full_handshake()
    {
        var client = Begin(hello => hello with { Suites = [0xC02B, 0x00FF] }, TwoSuites);
        AssertFull(client);
        Assert.Equal(0xC02B, client.ServerHello.CipherSuite);
    }

    [Fact]
    public void A_suite_that_the_server_has_given_up_leads_to_a_full_handshake() =>
        AssertFull(Begin(
            hello => hello with { Suites = [0xC02B, 0xC0AE, 0x00FF] },
            Resumption.Server with { CipherSuites = [DtlsCipherSuite.EcdheEcdsaWithAes128GcmSha256] }));

    [Fact]
    public void Another_server_name_leads_to_a_full_handshake_that_answers_it()
    {
        // RFC 6066 §3.
        var client = Begin(hello => hello.With(0, [0, 4, 0, 0, 1, .. "x"u8]));
        AssertFull(client);
        Assert.True(client.ServerHello.Extensions.ServerName);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(32)]
    public void A_guessed_id_leads_to_a_full_handshake(int length) =>
        AssertFull(Begin(hello => hello with { SessionId = [.. Enumerable.Repeat((byte)0xAB, length)] }).Finish(), finish: false);

    [Fact]
    public void The_id_of_another_device_is_of_no_use_without_its_secret()
    {
        // ATTACKS G01: B saw A's id on the wire. Neither B's keys nor B's certificate end the handshake; the session lives on.
        var thief = new RogueClient(Resumption.Server)
        {
            Hello = new HelloBuilder { SessionId = _session.OfServer.Id.ToArray() },
            Session = Resumption.Save().OfClient,
            Sessions = { [_session.OfServer.Id] = _session.OfServer },
        }.Begin();
        thief.ChangeCipherSpec();
        thief.SendRecord(ContentType.Handshake, new byte[60]);
        thief.Deliver([22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 0, 0, 40, .. new byte[40]]);
        Assert.Equal(RecordOutcome.BadTag, thief.Outcomes[^1]);
        thief.Advance(TimeSpan.FromSeconds(151));
        Assert.Equal("time_out", thief.Failure.Reason);
        Assert.Single(thief.Events);
        Assert.True(Begin().ChangeCipherSpec().SendFinished().Target.IsEstablished);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(16)]
    [InlineData(15)]
    public void A_message_of_a_full_handshake_ends_an_abbreviated_one(byte type)
    {
        // ATTACKS G07.
        var client = Begin();
        client.Send((HandshakeType)type, [0, 0, 0]);
        Assert.Equal(AlertDescription.UnexpectedMessage, client.Refusal());

        // Anybody could have sent it, so the session is as good as before.
        Assert.Single(client.Events);
        Assert.True(Begin().ChangeCipherSpec().SendFinished().Target.IsEstablished);
    }

    [Fact]
    public void A_wrong_Finished_under_the_right_keys_ends_handshake_and_session()
    {
        var client = Begin().ChangeCipherSpec().SendFinished(new byte[12]);
        Assert.Equal(AlertDescription.DecryptError, client.Refusal());
        Assert.Equal(_session.OfServer.Id, Assert.Single(client.Events.OfType<DtlsEvent.SessionInvalidated>()).Id);
    }

    [Fact]
    public void An_authentic_fatal_alert_instead_of_Finished_ends_the_session_too()
    {
        var client = Begin().ChangeCipherSpec();
        client.SendRecord(ContentType.Alert, [2, 40], isProtected: true);
        Assert.True(client.Target.IsClosed);
        Assert.Single(client.Events.OfType<DtlsEvent.SessionInvalidated>());

        var other = Begin();
        other.SendRecord(ContentType.Alert, [2, 40]);
        Assert.True(other.Target.IsClosed);
        Assert.Empty(other.Events.OfType<DtlsEvent.SessionInvalidated>());
    }

    [Fact]
    public void Application_data_waits_for_the_Finished()
    {
        var client = Begin().ChangeCipherSpec();
        client.SendRecord(ContentType.ApplicationData, Encoding.UTF8.GetBytes("early"), isProtected: true);
        Assert.Equal(RecordOutcome.EarlyApplicationData, client.Outcomes[^1]);
        client.SendFinished();
        client.SendRecord(ContentType.ApplicationData, Encoding.UTF8.GetBytes("late"), isProtected: true);
        Assert.Equal("late", Encoding.UTF8.GetString(Assert.Single(client.Delivered)));
    }

    [Fact]
    public void The_server_sends_nothing_of_its_own_before_the_Finished()
    {
        var client = Begin();
        Assert.False(client.Target.TrySeal("x"u8, new byte[100], out _));
    }

    private static void AssertFull(RogueClient client, bool finish = true)
    {
        if (finish)
        {
            Assert.Contains(client.Heard, message => message.Type == HandshakeType.ServerHelloDone);
            return;
        }

        Assert.True(client.Target.IsEstablished);
        Assert.False(Resumption.Completed(client.Events).IsResumed);
    }
}
