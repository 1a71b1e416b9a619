namespace CoapBridge.Coap;

/// <summary>What became of a response or request given to <see cref="CoapEndpoint"/>.</summary>
public enum SendOutcome : byte
{
    /// <summary>It will be sent.</summary>
    Accepted,

    /// <summary>The exchange has ended (answered, suppressed, expired) or never was: nothing happened.</summary>
    Gone,

    /// <summary>The message would pass <see cref="CoapMessage.MaxLength"/>; the exchange is still open.</summary>
    TooLarge,

    /// <summary>Too many of our messages or requests wait; an exchange is ended by it.</summary>
    QueueFull,

    /// <summary>No Message ID is free (RFC 7252 §4.4); an exchange is ended by it.</summary>
    NoMessageId,
}
