using CoapBridge.Dtls.Crypto;
using CoapBridge.Dtls.Handshake.Messages;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>
/// Our Finished has left; the peer's ends the handshake: flight 6 for a client (RFC 6347 §4.2.4, Figure 1), flight 3 for a
/// server that resumes (Figure 2).
/// </summary>
internal sealed class ExpectLastFinished(byte[] expected, Agreement agreement) : HandshakeState
{
    public override Step Handle(in HandshakeMessage message, FlightExchange exchange)
    {
        if (message.Type != HandshakeType.Finished)
        {
            return Step.Unexpected;
        }

        if (message.Body.Length != KeySchedule.VerifyDataLength)
        {
            return Step.Fail(DtlsFault.DecodeError);
        }

        if (FinishedVerified.Check(expected, message.Body, agreement) is not { } proof)
        {
            // RFC 5246 §7.2.2: it came under the session's own keys, so this failure is the session's end.
            exchange.Invalidate(agreement.SessionId);
            return Step.Fail(DtlsFault.FinishedMismatch);
        }

        // What the peer lacks it will ask for by repeating itself; we have nothing left to send.
        exchange.BeginFlight();
        return Step.Complete(proof);
    }
}
