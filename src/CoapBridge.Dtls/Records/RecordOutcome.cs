namespace CoapBridge.Dtls;

/// <summary>What became of one record. All but the first five are drops, and each is a counter's label.</summary>
public enum RecordOutcome
{
    /// <summary>Authentic application data: the only outcome that comes with bytes.</summary>
    ApplicationData,

    /// <summary>A part of a handshake, or of its retransmission.</summary>
    Handshake,

    /// <summary>An alert that was heard.</summary>
    Alert,

    /// <summary>A return-routability message (RFC 9853 §4).</summary>
    ReturnRoutability,

    /// <summary>A protected record that came before its keys; kept within a cap and opened later.</summary>
    HeldBack,

    /// <summary>The datagram ends within the record, or the record is longer than any may be.</summary>
    Truncated,

    /// <summary>Not DTLS 1.2.</summary>
    Version,

    /// <summary>An unknown content type, or one that has no place here.</summary>
    ContentType,

    /// <summary>Another Connection ID than ours, or one where none was negotiated, or none where one was (RFC 9146 §3).</summary>
    ConnectionId,

    /// <summary>Authentic, but without a real type that may stand inside (RFC 9146 §4).</summary>
    InnerPlaintext,

    /// <summary>An epoch that does not exist, or not yet.</summary>
    Epoch,

    /// <summary>Unprotected, on an established connection (REQUIREMENTS 1.12, 1.96).</summary>
    Unprotected,

    /// <summary>Seen before, or too old to tell.</summary>
    Replayed,

    /// <summary>Not authentic.</summary>
    BadTag,

    /// <summary>Application data before the handshake was done.</summary>
    EarlyApplicationData,

    /// <summary>A handshake message or ChangeCipherSpec that makes no sense here.</summary>
    HandshakeDiscarded,

    /// <summary>A malformed or unknown alert.</summary>
    AlertDiscarded,

    /// <summary>A ClientHello within the connection: there is no renegotiation (DESIGN D-9).</summary>
    Renegotiation,

    /// <summary>The connection is over.</summary>
    AfterClose,
}
