using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

internal sealed class ExpectServerKeyExchange(Negotiated negotiated, IReadOnlyList<byte[]> chain) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.ServerKeyExchange)
        {
            return Step.Unexpected;
        }

        var fault = ServerKeyExchange.Parse(message.Body, out var share);
        if (fault != DtlsFault.None)
        {
            return Step.Fail(fault);
        }

        exchange.Record(message);
        return Step.To(new ExpectServerHelloDone(negotiated, chain, share, certificateRequested: false));
    }
}
