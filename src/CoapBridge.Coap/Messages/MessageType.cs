namespace CoapBridge.Coap;

/// <summary>The two-bit T field of the header (RFC 7252 §3, §4.2–4.3).</summary>
public enum MessageType : byte
{
    /// <summary>CON: is retransmitted until an ACK or RST comes.</summary>
    Confirmable = 0,

    /// <summary>NON: is sent once.</summary>
    NonConfirmable = 1,

    /// <summary>ACK: may carry a piggybacked response.</summary>
    Acknowledgement = 2,

    /// <summary>RST: the message was received, but context to process it is missing.</summary>
    Reset = 3,
}
