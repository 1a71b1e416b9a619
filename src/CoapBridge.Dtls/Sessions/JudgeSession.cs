namespace CoapBridge.Dtls.Sessions;

/// <summary>
/// Judges the session's certificates by today's rules (DESIGN D-14). That the client holds the key was proven in the full
/// handshake, and again by its Finished, which only the master secret makes.
/// </summary>
internal sealed class JudgeSession(IPeerVerifier verifier, DtlsSession session) : DtlsWork
{
    public override DtlsWorkResult? Look(DateTimeOffset time) =>
        verifier.StillAccepts(session.Peer, time) ? new SessionJudged(this, session.Peer) : null;

    private protected override DtlsWorkResult Compute(DateTimeOffset time) =>
        Look(time) ?? new SessionJudged(this, verifier.Verify(session.Chain, time));
}
