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

        var proof = FinishedVerified.Check(expected, message.Body, server, negotiated.Extensions.ExtendedMasterSecret);
        exchange.BeginFlight();
        return proof is not null ? Step.Complete(proof) : Step.Fail(DtlsFault.FinishedMismatch);
    }
}
