using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

internal sealed class ExpectServerCertificate(Negotiated negotiated) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.Certificate)
        {
            return Step.Unexpected;
        }

        if (!CertificateMessage.TryParse(message.Body, out var chain) || chain.Count == 0)
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        exchange.Record(message);
        return Step.To(new ExpectServerKeyExchange(negotiated, chain));
    }
}
