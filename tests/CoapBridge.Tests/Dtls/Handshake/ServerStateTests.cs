using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls.Handshake;

/// <summary>Every state of the server against every message (ATTACKS D05, D08, D14, D15).</summary>
public sealed class ServerStateTests
{
    private static readonly string[] States =
        ["KeyShare", "Certificate", "KeyExchange", "CertificateVerify", "Verification", "ChangeCipherSpec", "Finished", "Established"];

    public static TheoryData<string, byte, int> Table() => StateTable.Of(States, 3);

    public static TheoryData<string> AllStates => new(States);

    internal static RogueClient Reach(string state)
    {
        var client = new RogueClient { HoldWork = state is "KeyShare" }.Begin();
        switch (Array.IndexOf(States, state))
        {
            case 2:
                return client.SendCertificate();
            case 3:
                return client.SendCertificate().SendKeyExchange();
            case 4:
                client.HoldWork = true;
                return client.SendCertificate().SendKeyExchange().SendCertificateVerify().Derive();
            case 5:
                return client.SendCertificate().SendKeyExchange().SendCertificateVerify().Derive();
            case 6:
                return client.SendCertificate().SendKeyExchange().SendCertificateVerify().Derive().ChangeCipherSpec();
            case 7:
                return client.Finish();
            default:
                return client;
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void A_message_out_of_place_ends_the_handshake_or_is_discarded(string state, byte number, int length)
    {
        var type = (HandshakeType)number;
        var client = Reach(state);
        var events = client.Events.Count;
        client.Send(type, [.. Enumerable.Repeat((byte)0x7F, length)]);
        client.HoldWork = false;
        client.RunWork();

        if (state == "Established")
        {
            Assert.True(client.Target.IsEstablished);
            Assert.Equal(events, client.Events.Count);
            Assert.Equal(RecordOutcome.Unprotected, client.Outcomes[^1]);
            return;
        }

        if (type == HandshakeType.Finished)
        {
            // D06: in the clear it is nothing, whatever the state.
            Assert.Equal(RecordOutcome.HandshakeDiscarded, client.Outcomes[^1]);
            Assert.False(client.Target.IsClosed);
            return;
        }

        var expected = state switch
        {
            "KeyShare" or "Certificate" => HandshakeType.Certificate,
            "KeyExchange" => HandshakeType.ClientKeyExchange,
            "CertificateVerify" => HandshakeType.CertificateVerify,
            _ => HandshakeType.Finished,
        };
        Assert.Equal(type == expected ? AlertDescription.DecodeError : AlertDescription.UnexpectedMessage, client.Refusal());
    }

    [Theory]
    [MemberData(nameof(AllStates))]
    public void A_ChangeCipherSpec_moves_the_server_only_where_it_belongs(string state)
    {
        var client = Reach(state);
        client.SendChangeCipherSpec();
        client.SendChangeCipherSpec();
        client.HoldWork = false;
        client.RunWork();
        Assert.False(client.Target.IsClosed);
        Assert.Equal(
            state is "Verification" ? [RecordOutcome.Handshake, RecordOutcome.Handshake]
            : state is "ChangeCipherSpec" ? [RecordOutcome.Handshake, RecordOutcome.HandshakeDiscarded]
            : state is "Established" ? [RecordOutcome.Unprotected, RecordOutcome.Unprotected]
            : new[] { RecordOutcome.HandshakeDiscarded, RecordOutcome.HandshakeDiscarded },
            client.Outcomes[^2..]);
        if (state is "Verification" or "ChangeCipherSpec" or "Finished")
        {
            Assert.True(client.SendFinished().Target.IsEstablished);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("02")]
    [InlineData("0101")]
    public void A_ChangeCipherSpec_is_the_byte_1_and_nothing_else(string hex)
    {
        var client = Reach("ChangeCipherSpec");
        client.SendRecord(ContentType.ChangeCipherSpec, Convert.FromHexString(hex));
        Assert.Equal(RecordOutcome.HandshakeDiscarded, client.Outcomes[^1]);
        Assert.True(client.ChangeCipherSpec().SendFinished().Target.IsEstablished);
    }

    [Theory]
    [MemberData(nameof(AllStates))]
    public void A_client_that_stops_leaves_nothing_after_the_deadline(string state)
    {
        var client = Reach(state);
        client.Advance(TimeSpan.FromSeconds(151));
        if (state == "Established")
        {
            Assert.True(client.Target.IsEstablished);
            return;
        }

        Assert.True(client.Target.IsClosed);
        Assert.Equal("time_out", client.Failure.Reason);
        Assert.Empty(client.Alerts);
        Assert.Null(client.Target.NextDeadline);
        client.HoldWork = false;
        client.RunWork();
        Assert.True(client.Target.IsClosed);
        Assert.Single(client.Events);
    }

    [Theory]
    [MemberData(nameof(AllStates))]
    public void A_connection_closed_under_way_takes_late_work_calmly(string state)
    {
        var client = Reach(state);
        client.Target.Close();
        client.HoldWork = false;
        client.RunWork();
        client.Drain();
        Assert.True(client.Target.IsClosed);
        client.SendCertificate();
        Assert.Equal(RecordOutcome.AfterClose, client.Outcomes[^1]);
    }

    [Theory]
    [MemberData(nameof(AllStates))]
    public void Application_data_is_never_delivered_early(string state)
    {
        var client = Reach(state);
        client.SendRecord(ContentType.ApplicationData, "plain"u8);
        if (client.Records.WritesProtected && state is not "Established")
        {
            client.SendRecord(ContentType.ApplicationData, "early"u8, isProtected: true);
        }

        client.HoldWork = false;
        client.RunWork();
        if (state is "Verification" or "ChangeCipherSpec")
        {
            client.ChangeCipherSpec().SendFinished();
            Assert.True(client.Target.IsEstablished);
        }

        Assert.Empty(client.Delivered);
        Assert.False(client.Target.IsClosed);
    }

    [Theory]
    [MemberData(nameof(AllStates))]
    public void A_fatal_alert_in_the_clear_ends_the_handshake_but_never_a_connection(string state)
    {
        var client = Reach(state);
        client.SendRecord(ContentType.Alert, [2, 40]);
        client.SendRecord(ContentType.Alert, [1, 0]);
        Assert.Equal(state == "Established", client.Target.IsEstablished);
        Assert.Equal(state != "Established", client.Target.IsClosed);
        if (state != "Established")
        {
            Assert.Equal("peer_alert", client.Failure.Reason);
        }

        Assert.Empty(client.Alerts);
    }
}
