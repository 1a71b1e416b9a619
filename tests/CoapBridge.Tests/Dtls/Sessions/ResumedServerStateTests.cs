using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls.Sessions;

/// <summary>Every state of a server that resumes against every message (RFC 5246 §7.3; ATTACKS D05, D14, G06, G07).</summary>
public sealed class ResumedServerStateTests
{
    private static readonly string[] States = ["Session", "Verdict", "ChangeCipherSpec", "Finished", "Established"];

    private readonly Resumption _session = Resumption.Save();

    public static TheoryData<string, byte, int> Table() => StateTable.Of(States, 3);

    public static TheoryData<string> AllStates => new(States);

    [Theory]
    [MemberData(nameof(Table))]
    public void A_message_out_of_place_ends_the_handshake_or_is_discarded(string state, byte number, int length)
    {
        var type = (HandshakeType)number;
        var client = Reach(state);
        client.Send(type, [.. Enumerable.Repeat((byte)0x7F, length)]);
        client.HoldWork = false;
        client.RunWork();
        if (state == "Established")
        {
            Assert.Equal(RecordOutcome.Unprotected, client.Outcomes[^1]);
            Assert.True(client.Target.IsEstablished);
            return;
        }

        if (type == HandshakeType.Finished)
        {
            // D06: in the clear it is nothing, whatever the state.
            Assert.Equal(RecordOutcome.HandshakeDiscarded, client.Outcomes[^1]);
            Assert.False(client.Target.IsClosed);
            return;
        }

        // Where the message waited for the answer, the alert is sealed under keys that this client never got to make.
        Assert.True(client.Target.IsClosed);
        Assert.Equal(AlertDescription.UnexpectedMessage, client.Failure.Alert);
        Assert.Empty(client.Events.OfType<DtlsEvent.SessionInvalidated>());
    }

    [Theory]
    [MemberData(nameof(AllStates))]
    public void A_ChangeCipherSpec_moves_the_server_only_where_it_belongs(string state)
    {
        var client = Reach(state);
        client.SendChangeCipherSpec();
        client.SendChangeCipherSpec();
        Assert.Equal(
            state is "ChangeCipherSpec" ? [RecordOutcome.Handshake, RecordOutcome.HandshakeDiscarded]
            : state is "Established" ? [RecordOutcome.Unprotected, RecordOutcome.Unprotected]
            : new[] { RecordOutcome.HandshakeDiscarded, RecordOutcome.HandshakeDiscarded },
            client.Outcomes[^2..]);
        client.HoldWork = false;
        client.RunWork();
        if (state is not "Established")
        {
            Assert.True(client.ChangeCipherSpec().SendFinished().Target.IsEstablished);
        }
    }

    [Fact]
    public void A_Finished_before_its_ChangeCipherSpec_waits_for_it()
    {
        // ATTACKS G06: the network swapped them.
        var client = Reach("ChangeCipherSpec").SendFinished();
        Assert.Equal(RecordOutcome.HeldBack, client.Outcomes[^1]);
        Assert.False(client.Target.IsEstablished);
        Assert.True(client.ChangeCipherSpec().Target.IsEstablished);
    }

    [Theory]
    [MemberData(nameof(AllStates))]
    public void A_client_that_stops_leaves_nothing_after_the_deadline(string state)
    {
        var client = Reach(state);
        client.Advance(TimeSpan.FromSeconds(151));
        Assert.Equal(state == "Established", client.Target.IsEstablished);
        if (state != "Established")
        {
            Assert.Equal("time_out", client.Failure.Reason);
            Assert.Null(client.Target.NextDeadline);
            client.HoldWork = false;
            client.RunWork();
            Assert.Single(client.Events);
        }
    }

    [Theory]
    [MemberData(nameof(AllStates))]
    public void A_connection_closed_under_way_takes_late_answers_calmly(string state)
    {
        var client = Reach(state);
        client.Target.Close();
        client.HoldWork = false;
        client.RunWork();
        client.Drain();
        Assert.True(client.Target.IsClosed);
        Assert.False(_session.OfServer.IsErased);
        Assert.True(Reach("Established").Target.IsEstablished);
    }

    [Fact]
    public void The_server_repeats_its_flight_and_waits_as_long_as_in_a_full_handshake()
    {
        // REQUIREMENTS 1.86: the client sends last, so the server has the timer.
        var client = Reach("ChangeCipherSpec");
        client.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(6, client.Datagrams.Count - 1);
        Assert.All(client.Datagrams, datagram => Assert.Equal((byte)ContentType.Handshake, datagram[0]));
        Assert.True(client.ChangeCipherSpec().SendFinished().Target.IsEstablished);
        var sent = client.Datagrams.Count;
        client.Advance(TimeSpan.FromSeconds(300));
        Assert.Equal(sent, client.Datagrams.Count);
    }

    private RogueClient Reach(string state)
    {
        var client = new RogueClient(Resumption.Server)
        {
            Hello = new HelloBuilder { SessionId = _session.OfServer.Id.ToArray() },
            Session = _session.OfClient,
            Sessions = { [_session.OfServer.Id] = _session.OfServer },
            HoldWork = state is "Session" or "Verdict",
        }.Begin();
        if (state == "Verdict")
        {
            var lookup = Assert.IsType<CoapBridge.Dtls.Sessions.SessionLookup>(client.Work.Dequeue());
            client.Target.HandleWork(client.Now, lookup.Answer(_session.OfServer));
            client.Drain();
        }

        return state switch
        {
            "Finished" => client.ChangeCipherSpec(),
            "Established" => client.ChangeCipherSpec().SendFinished(),
            _ => client,
        };
    }
}
