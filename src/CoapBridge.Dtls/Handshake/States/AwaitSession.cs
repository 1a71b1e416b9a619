using CoapBridge.Dtls.Sessions;

namespace CoapBridge.Dtls.Handshake.States;

/// <summary>The hello names a session; its owner is being asked (DESIGN D-17). Without one the handshake is a full one.</summary>
internal sealed class AwaitSession(VerifiedHello hello, Negotiated negotiated) : HandshakeState
{
    public override bool AwaitsWork => true;

    public override Step HandleWork(DtlsWorkResult result, FlightExchange exchange)
    {
        // A driver that could not ask anybody has no session either.
        if (result is not SessionAnswer { Session: { } session, Schedule: { } schedule })
        {
            return AwaitServerKeyShare.Begin(negotiated, exchange);
        }

        // RFC 7627 §5.3: the session has it, so a hello without it ends the handshake.
        if (!negotiated.Extensions.ExtendedMasterSecret)
        {
            schedule.Dispose();
            return Step.Fail(DtlsFault.ExtendedMasterSecret);
        }

        // RFC 5246 §7.4.1.2: the session's own suite, offered again; RFC 6066 §3: the same server name.
        if (!hello.Offers(session.Suite) || !exchange.Settings.CipherSuites.Contains(session.Suite)
            || !string.Equals(session.ServerName, negotiated.ServerName, StringComparison.OrdinalIgnoreCase))
        {
            schedule.Dispose();
            return AwaitServerKeyShare.Begin(negotiated, exchange);
        }

        exchange.Request(new JudgeSession(exchange.Settings.Verifier, session));
        return Step.To(new AwaitSessionVerdict(negotiated, session, schedule));
    }
}
