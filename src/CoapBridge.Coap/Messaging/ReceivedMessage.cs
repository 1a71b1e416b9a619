using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>What became of a received CON or NON, and so what a duplicate of it gets.</summary>
internal enum ReceivedState : byte
{
    /// <summary>With the owner. A duplicate gets nothing yet.</summary>
    InProgress,

    /// <summary>With the owner, and the empty ACK is out. A duplicate gets the empty ACK again.</summary>
    Acknowledged,

    /// <summary>Answered in the ACK. A duplicate gets the same answer.</summary>
    Piggybacked,

    /// <summary>Answered in the ACK, and the answer had to make room. A duplicate gets an RST.</summary>
    Forgotten,

    /// <summary>Nothing is left to say. A duplicate CON gets the empty ACK again, a duplicate NON nothing.</summary>
    Finished,
}

/// <summary>A message that was accepted: the memory of the deduplication and the state of the exchange in one.</summary>
internal struct ReceivedMessage
{
    public Instant Received;
    public Token Token;
    public byte[]? Body;
    public MessageType Type;
    public ReceivedState State;
    public CoapCode Code;

    public readonly bool IsOpen => State is ReceivedState.InProgress or ReceivedState.Acknowledged;

    public readonly bool NeedsAcknowledgement => State == ReceivedState.InProgress && Type == MessageType.Confirmable;
}
