namespace CoapBridge.Dtls.Handshake.States;

internal sealed class ServerVerified(DtlsWork work, DtlsFault fault, PeerVerdict verdict, AgreedSecret? secret) : DtlsWorkResult(work)
{
    public DtlsFault Fault => fault;

    public PeerVerdict Verdict => verdict;

    public AgreedSecret? Secret => secret;
}
