using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Waiting for the end of flight 4; a CertificateRequest may come before it, once.</summary>
internal sealed class ExpectServerHelloDone(
    Negotiated negotiated, IReadOnlyList<byte[]> chain, ServerKeyExchange share, bool certificateRequested) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type == HandshakeType.CertificateRequest && !certificateRequested)
        {
            var fault = CertificateRequest.Check(message.Body);
            exchange.Record(message);
            return fault != DtlsFault.None ? Step.Fail(fault)
                : Step.To(new ExpectServerHelloDone(negotiated, chain, share, certificateRequested: true));
        }

        if (message.Type != HandshakeType.ServerHelloDone)
        {
            return Step.Unexpected;
        }

        if (message.Body.Length != 0)
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        exchange.Record(message);
        exchange.Request(new VerifyServer(exchange.Settings, negotiated, chain, share));
        return Step.To(new AwaitServerVerification(negotiated, chain, certificateRequested));
    }
}
