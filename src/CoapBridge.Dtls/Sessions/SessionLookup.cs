namespace CoapBridge.Dtls.Sessions;

/// <summary>
/// A client's wish to resume: the handshake waits for the answer as for any work. Who owns the sessions gives
/// <see cref="Answer"/> back through <see cref="DtlsConnection.HandleWork"/>; a driver without sessions runs it like
/// other work, which finds nothing and leads to a full handshake.
/// </summary>
public sealed class SessionLookup : DtlsWork
{
    internal SessionLookup(SessionId id) => Id = id;

    public SessionId Id { get; }

    /// <param name="session">What is kept under the id; null: nothing. It stays its owner's.</param>
    public DtlsWorkResult Answer(DtlsSession? session) =>
        session?.CopySchedule() is { } schedule ? new SessionAnswer(this, session, schedule) : new SessionAnswer(this, null, null);

    private protected override DtlsWorkResult Compute(DateTimeOffset time) => Answer(null);
}
