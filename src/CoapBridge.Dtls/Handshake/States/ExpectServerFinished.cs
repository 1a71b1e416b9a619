using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

internal sealed class ExpectServerFinished(Negotiated negotiated, byte[] expected, PeerVerdict server) : HandshakeState
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

        var proof = FinishedVerified.Check(expected, message.Body, server, negotiated.Extensions.ExtendedMasterSecret);
        exchange.BeginFlight();
        return proof is not null ? Step.Complete(proof) : Step.Fail(DtlsFault.FinishedMismatch);
    }
}
