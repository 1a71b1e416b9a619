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

    /// <summary>Answered in the ACK, and the answer can be made again: a duplicate is executed again (RFC 7252 §4.5).</summary>
    Repeatable,

    /// <summary>Nothing is left to say. A duplicate CON gets the empty ACK again, a duplicate NON nothing.</summary>
    Finished,
}

/// <summary>
/// A message that was accepted: the memory of the deduplication and the state of the exchange in one. 40 bytes, because
/// token and code are held as plain numbers.
/// </summary>
internal struct ReceivedMessage
{
    /// <summary>While the exchange is open what it registers for, if it does; then the answer's options and payload.</summary>
    public byte[]? Body;
    private readonly Instant _received;
    private readonly ulong _token;
    private readonly byte _tokenLength;
    private byte _code;

    public ReceivedMessage(Instant received, MessageType type, ReadOnlySpan<byte> token, ReceivedState state)
    {
        _received = received;
        (_token, _tokenLength) = new Token(token);
        Type = type;
        State = state;
    }

    /// <summary>One of an earlier run, whose exchange is over.</summary>
    public ReceivedMessage(Instant received, MessageType type, ReadOnlySpan<byte> token, ReceivedState state, CoapCode code, byte[]? body)
        : this(received, type, token, state)
    {
        _code = code.Value;
        Body = body;
    }

    /// <summary>How it wants to be answered.</summary>
    public ResponseTerms Terms { get; init; }

    /// <summary>Its <see cref="CacheKey"/> hash, by which later blocks of its answer are asked for.</summary>
    public int Key { get; init; }

    public readonly Instant Received => _received;

    public readonly Token Token => new(_token, _tokenLength);

    public MessageType Type { get; }

    public ReceivedState State { get; set; }

    public CoapCode Code
    {
        readonly get => new(_code);
        set => _code = value.Value;
    }

    public readonly bool IsOpen => State is ReceivedState.InProgress or ReceivedState.Acknowledged;

    public readonly bool NeedsAcknowledgement => State == ReceivedState.InProgress && Type == MessageType.Confirmable;
}
