namespace CoapBridge.Dtls.Sessions;

internal sealed class SessionJudged(DtlsWork work, PeerVerdict verdict) : DtlsWorkResult(work)
{
    public PeerVerdict Verdict => verdict;
}
