using CoapBridge.Dtls.Handshake.Messages;
using CoapBridge.Dtls.Records;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>The ClientHello had a good cookie; the key share is being made. Then flight 4 leaves (RFC 6347 §4.2.4).</summary>
internal sealed class AwaitServerKeyShare(Negotiated negotiated) : HandshakeState
{
    public override bool AwaitsWork => true;

    /// <summary>The full handshake begins, here or after a session was not found.</summary>
    public static Step Begin(Negotiated negotiated, FlightExchange exchange)
    {
        exchange.Request(new SignKeyShare(exchange.Settings, negotiated.Randoms));
        return Step.To(new AwaitServerKeyShare(negotiated));
    }

    public override Step HandleWork(DtlsWorkResult result, FlightExchange exchange)
    {
        var share = (KeyShareSigned)result;
        var settings = exchange.Settings;
        var hello = new ServerHello(
            DtlsVersion.Dtls12, negotiated.Randoms.Server, (ushort)negotiated.Suite, 0, negotiated.Extensions)
        {
            SessionId = negotiated.SessionId?.ToArray() ?? [],
        };
        var keyExchange = new ServerKeyExchange(share.Key.PublicPoint, SignatureScheme.EcdsaSecp256r1Sha256, share.Signature);

        // RFC 5246 §7.3: this order, and always a CertificateRequest, since devices are known by certificate alone.
        exchange.BeginFlight();
        exchange.Send(HandshakeType.ServerHello, hello.ToBytes());
        exchange.Send(HandshakeType.Certificate, settings.Credentials.CertificateMessage);
        exchange.Send(HandshakeType.ServerKeyExchange, keyExchange.ToBytes());
        exchange.Send(HandshakeType.CertificateRequest, CertificateRequest.Write(settings.CertificateAuthorities));
        exchange.Send(HandshakeType.ServerHelloDone, []);
        exchange.EndFlight();
        return Step.To(new ExpectClientCertificate(negotiated, share.Key));
    }
}
