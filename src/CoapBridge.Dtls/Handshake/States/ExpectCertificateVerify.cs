using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>Waiting for the client's proof that it holds its certificate's key (RFC 5246 §7.4.8).</summary>
internal sealed class ExpectCertificateVerify(
    Negotiated negotiated, EphemeralKey key, IReadOnlyList<byte[]> chain, byte[] point) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.CertificateVerify)
        {
            return Step.Unexpected;
        }

        if (!CertificateVerify.TryParse(message.Body, out var proof))
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        // One hash serves twice: RFC 7627 §3 (session_hash) and RFC 5246 §7.4.8 end both after ClientKeyExchange.
        var sessionHash = exchange.Transcript.CurrentHash();
        exchange.Record(message);
        exchange.Request(new VerifyClient(exchange.Settings.Verifier, negotiated, key, chain, point, proof, sessionHash));
        return Step.To(new AwaitClientVerification(negotiated, chain));
    }

    public override void Abandon() => key.Dispose();
}
