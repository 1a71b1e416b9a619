using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Waiting for the client's share.</summary>
internal sealed class ExpectClientKeyExchange(Negotiated negotiated, EphemeralKey key, IReadOnlyList<byte[]> chain) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.ClientKeyExchange)
        {
            return Step.Unexpected;
        }

        var fault = ClientKeyExchange.Parse(message.Body, out var point);
        if (fault != DtlsFault.None)
        {
            return Step.Fail(fault);
        }

        exchange.Record(message);
        return Step.To(new ExpectCertificateVerify(negotiated, key, chain, point));
    }

    public override void Abandon() => key.Dispose();
}
