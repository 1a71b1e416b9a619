using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

internal sealed class AwaitServerVerification(Negotiated negotiated, IReadOnlyList<byte[]> chain, bool certificateRequested) : HandshakeState
{
    public override bool AwaitsWork => true;

    public override Step HandleWork(DtlsWorkResult result, FlightExchange exchange)
    {
        var verified = (ServerVerified)result;
        if (verified.Fault != DtlsFault.None)
        {
            return Step.Fail(verified.Fault);
        }

        if (verified.Secret is not { } secret)
        {
            return Step.Refuse(verified.Verdict);
        }

        exchange.BeginFlight();
        if (certificateRequested)
        {
            exchange.Send(HandshakeType.Certificate, exchange.Settings.Credentials.CertificateMessage);
        }

        exchange.Send(HandshakeType.ClientKeyExchange, ClientKeyExchange.Write(secret.Point));
        var sessionHash = exchange.Transcript.CurrentHash();
        var schedule = KeySchedule.Derive(
            secret.Premaster, negotiated.Randoms, negotiated.Extensions.ExtendedMasterSecret ? sessionHash : null);
        Array.Clear(secret.Premaster);
        var ready = new AwaitClientSignature(negotiated, schedule, new VerifiedPeer(verified.Verdict, chain));
        if (!certificateRequested || exchange.Settings.Credentials.Chain.Count == 0)
        {
            return ready.Finish(exchange);
        }

        exchange.Request(new SignSessionHash(exchange.Settings.Credentials, sessionHash));
        return Step.To(ready);
    }
}
