namespace CoapBridge.Coap;

/// <summary>What happened to something that an endpoint had sent.</summary>
public enum CoapEventKind : byte
{
    /// <summary>Our request was answered; <see cref="CoapEvent.Datagram"/> parses to the response.</summary>
    Response,

    /// <summary>A response to our request was refused for a critical option (RFC 7252 §5.4.1); there will be no other.</summary>
    ResponseRefused,

    /// <summary>No ACK after all retransmissions, or no response within EXCHANGE_LIFETIME.</summary>
    RequestTimedOut,

    /// <summary>The peer answered a ping of ours: it is there, and receives where the ping went (RFC 7252 §4.3).</summary>
    Pong,

    /// <summary>The peer has no context for our request (RST).</summary>
    RequestReset,

    /// <summary>The peer has our separate response (ACK).</summary>
    ResponseAcknowledged,

    /// <summary>No ACK for a separate response, or it waited behind a CON that got none.</summary>
    ResponseTimedOut,

    /// <summary>The peer has no context for our separate response (RST).</summary>
    ResponseReset,

    /// <summary>An observer has a notification (ACK).</summary>
    NotificationAcknowledged,

    /// <summary>An observer wants no more (RST): it is none any more (RFC 7641 §3.6).</summary>
    NotificationReset,

    /// <summary>No ACK for a notification, or it waited behind a CON that got none: there is no such observer any more (RFC 7641 §4.5).</summary>
    NotificationTimedOut,

    /// <summary>A peer is no observer any more: it said so, used its token for something else, or a notification could not be told (RFC 7641 §3.6, §4.2).</summary>
    ObservationEnded,
}

/// <param name="Kind">What happened.</param>
/// <param name="Request">The request of ours; default for the kinds about a response of ours.</param>
/// <param name="Exchange">The exchange whose separate response it was; default for the kinds about a request.</param>
/// <param name="Datagram">A copy of the whole response message; null for other kinds.</param>
/// <param name="Notification">The notification; for <see cref="CoapEventKind.ObservationEnded"/>, and an RST to a NON, only its token counts.</param>
public readonly record struct CoapEvent(
    CoapEventKind Kind, OutgoingRequest Request, Exchange Exchange, byte[]? Datagram, Notification Notification = default);
