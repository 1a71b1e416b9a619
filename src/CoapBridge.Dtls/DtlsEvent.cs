namespace CoapBridge.Dtls;

/// <summary>A turn in a connection's life.</summary>
public abstract record DtlsEvent
{
    private DtlsEvent()
    {
    }

    /// <summary>Both Finished messages are verified; application data may flow.</summary>
    /// <param name="Peer">The verdict on the peer's certificate.</param>
    /// <param name="ExtendedMasterSecret">Whether RFC 7627 was used.</param>
    public sealed record HandshakeCompleted(PeerVerdict Peer, bool ExtendedMasterSecret) : DtlsEvent;

    /// <summary>There will be no connection.</summary>
    /// <param name="Reason">A stable word.</param>
    /// <param name="Alert">The alert that was sent or received; null when there was none.</param>
    /// <param name="Peer">The verdict, when it is the reason.</param>
    public sealed record HandshakeFailed(string Reason, AlertDescription? Alert, PeerVerdict? Peer) : DtlsEvent;

    /// <summary>An established connection is over.</summary>
    public sealed record Closed(CloseReason Reason, AlertDescription? Alert) : DtlsEvent;
}

/// <summary>Why an established connection ended.</summary>
public enum CloseReason
{
    /// <summary>We closed it.</summary>
    Local,

    /// <summary>The peer's close_notify.</summary>
    CloseNotify,

    /// <summary>The peer's fatal alert.</summary>
    PeerAlert,

    /// <summary>No record for the idle time-out.</summary>
    Idle,

    /// <summary>2^24 records that were not authentic (DESIGN D-5).</summary>
    Forgeries,

    /// <summary>The record sequence numbers ran out (RFC 6347 §4.1).</summary>
    SequenceNumbers,
}
