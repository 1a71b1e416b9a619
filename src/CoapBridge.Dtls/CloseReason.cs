namespace CoapBridge.Dtls;

/// <summary>Why an established connection ended.</summary>
public enum CloseReason
{
    /// <summary>We closed it.</summary>
    Local,

    /// <summary>We do not accept the peer any more: a fatal alert.</summary>
    Refused,

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
