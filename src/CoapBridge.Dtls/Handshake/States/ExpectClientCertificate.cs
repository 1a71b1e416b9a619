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
}

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
}

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
        return Step.To(new AwaitClientVerification(negotiated));
    }
}
