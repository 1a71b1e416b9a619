using CoapBridge.Dtls;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Tests.Dtls.Rogue;

namespace CoapBridge.Tests.Dtls.Sessions;

/// <summary>Every state of a client that resumes against every message (RFC 5246 §7.3; ATTACKS D28, G07).</summary>
public sealed class ResumedClientStateTests
{
    private static readonly string[] States = ["ServerHello", "ChangeCipherSpec", "Finished", "Established"];

    private readonly Resumption _session = Resumption.Save();

    public static TheoryData<string, byte, int> Table() => StateTable.Of(States, 5);

    [Theory]
    [MemberData(nameof(Table))]
    public void A_message_out_of_place_ends_the_handshake_or_is_discarded(string state, byte number, int length)
    {
        var type = (HandshakeType)number;
        var server = Reach(state);
        server.Send(type, new byte[length]);
        if (state == "Established" || type == HandshakeType.Finished)
        {
            // In the clear a Finished is nothing, and nothing touches a connection.
            Assert.Equal(state == "Established" ? RecordOutcome.Unprotected : RecordOutcome.HandshakeDiscarded, server.Outcomes[^1]);
            Assert.False(server.Target.IsClosed);
            return;
        }

        var isExpected = state == "ServerHello" && (type is HandshakeType.ServerHello or HandshakeType.HelloVerifyRequest);
        var isTooLong = type == HandshakeType.ServerHelloDone && length > 0;
        Assert.True(server.Target.IsClosed);
        Assert.Equal(isExpected || isTooLong ? AlertDescription.DecodeError : AlertDescription.UnexpectedMessage, server.Failure.Alert);
    }

    [Fact]
    public void An_honest_server_that_resumes_is_believed()
    {
        var server = Reach("Established");
        Assert.True(server.Target.IsEstablished);
        Assert.True(Resumption.Completed(server.Events).IsResumed);
    }

    private RogueServer Reach(string state)
    {
        var server = new RogueServer(session: _session.OfClient);
        var place = Array.IndexOf(States, state);
        _ = place > 0 ? server.SendHello(server.GoodHello() with { SessionId = _session.OfClient.Id.ToArray() }).Resume(_session.OfServer) : server;
        _ = place > 1 ? server.ChangeCipherSpec() : server;
        return place > 2 ? server.SendFinished() : server;
    }
}
