using CoapBridge.Dtls.Crypto;

namespace CoapBridge.Dtls.Sessions;

/// <summary>The session, with a copy of its secret; neither when there is none.</summary>
internal sealed class SessionAnswer(SessionLookup lookup, DtlsSession? session, KeySchedule? schedule) : DtlsWorkResult(lookup)
{
    public DtlsSession? Session => session;

    public KeySchedule? Schedule => schedule;

    internal override void Abandon() => schedule?.Dispose();
}
