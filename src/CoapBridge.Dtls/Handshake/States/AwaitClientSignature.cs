using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>The proof that we hold our key is being signed; then flight 5 is whole and leaves.</summary>
internal sealed class AwaitClientSignature(Negotiated negotiated, KeySchedule schedule, VerifiedPeer server) : HandshakeState
{
    public override bool AwaitsWork => true;

    public override Step HandleWork(DtlsWorkResult result, FlightExchange exchange)
    {
        var proof = new CertificateVerify(exchange.Settings.Credentials.Algorithm, ((SessionHashSigned)result).Signature);
        exchange.Send(HandshakeType.CertificateVerify, proof.ToBytes());
        return Finish(exchange);
    }

    public Step Finish(FlightExchange exchange)
    {
        var verifyData = schedule.ClientVerifyData(exchange.Transcript.CurrentHash());
        exchange.Tell(schedule, negotiated.Randoms);
        var keys = schedule.RecordKeys(negotiated.Suite, negotiated.Randoms);
        exchange.Records.InstallWrite(keys.Client);
        exchange.SendChangeCipherSpec();
        exchange.Send(HandshakeType.Finished, verifyData, isProtected: true);
        exchange.EndFlight();
        var expected = schedule.ServerVerifyData(exchange.Transcript.CurrentHash());
        var session = DtlsSession.Of(negotiated, schedule, server, exchange.Now);
        schedule.Dispose();
        return Step.To(new ExpectChangeCipherSpec(
            keys.Server, new ExpectLastFinished(expected, Agreement.Full(server.Verdict, negotiated.Extensions.ExtendedMasterSecret, session))));
    }

    public override void Abandon() => schedule.Dispose();
}
