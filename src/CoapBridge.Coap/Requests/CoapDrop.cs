namespace CoapBridge.Coap;

/// <summary>Why a datagram went no further. In brackets what its sender got: for CON / for NON, ACK and RST.</summary>
public enum CoapDrop : byte
{
    None,

    /// <summary>Not a well-formed message [RST / nothing; a wrong version or fewer than 4 bytes: nothing].</summary>
    FormatError,

    /// <summary>An empty NON [nothing] (RFC 7252 §4.3).</summary>
    EmptyNonConfirmable,

    /// <summary>An ACK with a request code [nothing] (RFC 7252 §4.2).</summary>
    RequestInAcknowledgement,

    /// <summary>An RST that is not empty [nothing] (RFC 7252 §4.2).</summary>
    ResetNotEmpty,

    /// <summary>An ACK for no outstanding CON of ours, or with the response to something else [nothing].</summary>
    UnmatchedAcknowledgement,

    /// <summary>An RST for no outstanding message of ours [nothing].</summary>
    UnmatchedReset,

    /// <summary>A response to no request of ours [RST / nothing].</summary>
    UnmatchedResponse,

    /// <summary>A critical option of a response is unknown or ill-formed [RST / nothing] (RFC 7252 §5.4.1).</summary>
    CriticalOptionInResponse,

    /// <summary>A critical option of a request is unknown or ill-formed [4.02 / nothing] (RFC 7252 §5.4.1).</summary>
    CriticalOption,

    /// <summary>Proxy-Uri or Proxy-Scheme [5.05] (RFC 7252 §5.10.2).</summary>
    Proxying,

    /// <summary>A string option that is not UTF-8 [4.00] (RFC 7252 §3.2).</summary>
    InvalidUtf8,

    /// <summary>Block1 or Block2 with SZX 7 [4.00] (RFC 7959 §2.2).</summary>
    BlockSize,

    /// <summary>More options than <see cref="CoapEndpoint.MaxOptions"/> [4.00].</summary>
    TooManyOptions,

    /// <summary>More messages than can be remembered [4.29 with Max-Age / nothing] (RFC 8516).</summary>
    TooManyMessages,

    /// <summary>A CON with the Message ID of a recent NON, or the other way round [RST / nothing] (RFC 7252 §4.4).</summary>
    MessageIdReused,

    /// <summary>A duplicate whose answer had to make room for newer ones [RST].</summary>
    AnswerForgotten,
}
