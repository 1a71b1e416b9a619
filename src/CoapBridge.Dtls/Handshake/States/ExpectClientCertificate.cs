using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Waiting for the first message of flight 5 (RFC 6347 §4.2.4, Figure 1).</summary>
internal sealed class ExpectClientCertificate(Negotiated negotiated, EphemeralKey key) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.Certificate)
        {
            return Step.Unexpected;
        }

        if (!CertificateMessage.TryParse(message.Body, out var chain))
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        // RFC 5246 §7.4.6: a server that cannot do without a certificate answers with handshake_failure.
        if (chain.Count == 0)
        {
            return Step.Fail(DtlsFault.NoCertificate);
        }

        exchange.Record(message);
        return Step.To(new ExpectClientKeyExchange(negotiated, key, chain));
    }

    public override void Abandon() => key.Dispose();
}
