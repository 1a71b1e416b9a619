using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Waiting for the last message of flight 5; then flight 6 leaves and the handshake is done.</summary>
internal sealed class ExpectClientFinished(
    Negotiated negotiated, KeySchedule schedule, VerifiedPeer client, RecordProtection writeKeys) : HandshakeState
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

        var expected = schedule.ClientVerifyData(exchange.Transcript.CurrentHash());
        var session = DtlsSession.Of(negotiated, schedule, client, exchange.Now);
        var agreement = Agreement.Full(client.Verdict, negotiated.Extensions.ExtendedMasterSecret, session);
        if (FinishedVerified.Check(expected, message.Body, agreement) is not { } proof)
        {
            session?.Erase();
            return Step.Fail(DtlsFault.FinishedMismatch);
        }

        exchange.Record(message);
        var verifyData = schedule.ServerVerifyData(exchange.Transcript.CurrentHash());
        exchange.Records.InstallWrite(writeKeys);
        exchange.BeginFlight();
        exchange.SendChangeCipherSpec();
        exchange.Send(HandshakeType.Finished, verifyData, isProtected: true);
        exchange.EndFlight();
        schedule.Dispose();
        return Step.Complete(proof);
    }

    public override void Abandon() => schedule.Dispose();
}
