using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>
/// The server resumes and has the first Finished; then ours leaves and the handshake is done. The last flight is the
/// client's here (RFC 6347 §4.2.4, Figure 2).
/// </summary>
internal sealed class ExpectResumedServerFinished(KeySchedule schedule, RecordProtection writeKeys, DtlsSession session) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.Finished)
        {
            return Step.Unexpected;
        }

        if (message.Body.Length != KeySchedule.VerifyDataLength)
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        var expected = schedule.ServerVerifyData(exchange.Transcript.CurrentHash());
        if (FinishedVerified.Check(expected, message.Body, Agreement.Resumed(session.Peer, session.Id)) is not { } proof)
        {
            exchange.Invalidate(session.Id);
            return Step.Fail(DtlsFault.FinishedMismatch);
        }

        exchange.Record(message);
        var verifyData = schedule.ClientVerifyData(exchange.Transcript.CurrentHash());
        exchange.Records.InstallWrite(writeKeys);
        exchange.BeginFlight();
        exchange.SendChangeCipherSpec();
        exchange.Send(HandshakeType.Finished, verifyData, isProtected: true);
        exchange.EndFlight();
        return Step.Complete(proof);
    }

    public override void Abandon() => schedule.Dispose();
}
