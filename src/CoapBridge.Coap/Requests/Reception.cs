namespace CoapBridge.Coap;

/// <summary>What a datagram turned out to be.</summary>
public enum ReceptionKind : byte
{
    /// <summary>A new request with its whole body: the view and the <see cref="Exchange"/> are the owner's now.</summary>
    Request,

    /// <summary>
    /// The first block of a request's body (RFC 7959 §2.5): the view and the <see cref="Exchange"/> are the owner's, who goes on
    /// with <see cref="CoapEndpoint.TakeFirstBlock"/>, or responds.
    /// </summary>
    FirstBlock,

    /// <summary>A block of a transfer that is under way, or of none (RFC 7959); it has been answered.</summary>
    Block,

    /// <summary>The response to a request of ours; an event has a copy of it.</summary>
    Response,

    /// <summary>An empty ACK that matches our outstanding CON.</summary>
    Acknowledgement,

    /// <summary>An RST that matches a message of ours.</summary>
    Reset,

    /// <summary>An empty CON; an RST answers it (RFC 7252 §4.3).</summary>
    Ping,

    /// <summary>Was received before; what it got then it gets again.</summary>
    Duplicate,

    /// <summary>Refused or ignored for <see cref="Reception.Drop"/>.</summary>
    Dropped,
}

/// <summary>
/// The one result that every datagram has, so that each can be counted and a flood of bad ones queues nothing.
/// </summary>
/// <param name="Kind">What it was.</param>
/// <param name="Drop">Why it went no further; None unless dropped.</param>
/// <param name="Fault">What is wrong with its format; None unless <see cref="CoapDrop.FormatError"/>.</param>
public readonly record struct Reception(ReceptionKind Kind, CoapDrop Drop = CoapDrop.None, CoapFault Fault = CoapFault.None)
{
    internal static Reception Dropped(CoapDrop drop) => new(ReceptionKind.Dropped, drop);
}
