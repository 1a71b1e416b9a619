namespace CoapBridge.Dtls.Sessions;

/// <summary>
/// Judges the session's certificates by today's rules (DESIGN D-14). That the client holds the key was proven in the full
/// handshake, and again by its Finished, which only the master secret makes.
/// </summary>
internal sealed class JudgeSession(IPeerVerifier verifier, DtlsSession session) : DtlsWork
{
    private protected override DtlsWorkResult Compute(DateTimeOffset time) =>
        new SessionJudged(this, verifier.VerifyAgain(session.Peer, session.Chain, time));
}
