namespace CoapBridge.Dtls;

/// <summary>What became of a datagram from an address without a connection.</summary>
public enum HelloOutcome
{
    /// <summary>The cookie was good: make a connection of it.</summary>
    Accepted,

    /// <summary>A HelloVerifyRequest is the answer.</summary>
    CookieSent,

    /// <summary>The cookie was good, but there is no common ground; an alert is the answer.</summary>
    Refused,

    /// <summary>No ClientHello: dropped.</summary>
    NotAHello,

    /// <summary>A ClientHello in fragments: dropped (DESIGN D-18).</summary>
    Fragmented,

    /// <summary>Lengths that do not fit: dropped.</summary>
    Malformed,
}
