using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Dtls.Handshake.States;

internal sealed class ClientVerified(DtlsWork work, DtlsFault fault, PeerVerdict verdict, KeySchedule? schedule) : DtlsWorkResult(work)
{
    public DtlsFault Fault => fault;

    public PeerVerdict Verdict => verdict;

    public KeySchedule? Schedule => schedule;

    internal override void Abandon() => schedule?.Dispose();
}
