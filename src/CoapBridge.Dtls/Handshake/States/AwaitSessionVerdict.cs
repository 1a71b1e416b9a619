using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>
/// The session is there; whether its device is still welcome is being worked out. Then flight 2 of the abbreviated
/// handshake leaves (RFC 5246 §7.3; RFC 6347 §4.2.4, Figure 2).
/// </summary>
internal sealed class AwaitSessionVerdict(Negotiated negotiated, DtlsSession session, KeySchedule schedule) : HandshakeState
{
    public override bool AwaitsWork => true;

    public override Step HandleWork(DtlsWorkResult result, FlightExchange exchange)
    {
        var verdict = ((SessionJudged)result).Verdict;
        if (!verdict.IsAccepted)
        {
            // DESIGN D-14: not resumed; the full handshake tells the reason to who holds the key.
            schedule.Dispose();
            exchange.Invalidate(session.Id);
            return AwaitServerKeyShare.Begin(negotiated, exchange);
        }

        // RFC 5246 §7.4.1.4: what only matters to a new session is not answered; RFC 6066 §3 says so of the name.
        var answers = negotiated.Extensions with { PointFormats = false, ServerName = false };
        var hello = new ServerHello(
            DtlsVersion.Dtls12, negotiated.Randoms.Server, (ushort)session.Suite, 0, answers) { SessionId = session.Id.ToArray() };
        exchange.Tell(schedule, negotiated.Randoms);
        var keys = schedule.RecordKeys(session.Suite, negotiated.Randoms);
        exchange.BeginFlight();
        exchange.Send(HandshakeType.ServerHello, hello.ToBytes());
        var verifyData = schedule.ServerVerifyData(exchange.Transcript.CurrentHash());
        exchange.Records.InstallWrite(keys.Server);
        exchange.SendChangeCipherSpec();
        exchange.Send(HandshakeType.Finished, verifyData, isProtected: true);
        exchange.EndFlight();
        var expected = schedule.ClientVerifyData(exchange.Transcript.CurrentHash());
        schedule.Dispose();
        exchange.Resuming = session.Id;
        return Step.To(new ExpectChangeCipherSpec(
            keys.Client, new ExpectLastFinished(expected, Agreement.Resumed(verdict, session.Id))));
    }

    public override void Abandon() => schedule.Dispose();
}
