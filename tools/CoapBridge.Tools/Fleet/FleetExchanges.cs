using System.Buffers.Binary;
using CoapBridge.Coap;
using CoapBridge.Wire;

namespace CoapBridge.Tools.Fleet;

/// <summary>
/// The requests of one device that are under way, a window of them at once: RFC 7252 §4.2 and §4.3 for a client, with NSTART as
/// large as the window. No more than a place in an array each, so that one thread has thousands of devices.
/// </summary>
/// <param name="window">How many may be under way.</param>
/// <param name="luck">For the first retransmission's time and the first Message ID.</param>
internal sealed class FleetExchanges(int window, Random luck)
{
    private const int IdBlocks = 16;
    private const int IdsPerBlock = 65_536 / IdBlocks;

    /// <summary>After the empty ACK, or for a NON: longer than the gateway waits for its broker.</summary>
    private static readonly TimeSpan ResponsePatience = TimeSpan.FromSeconds(30);

    private static readonly TransmissionParameters Times = TransmissionParameters.Default;

    private readonly Exchange[] _exchanges = new Exchange[window];
    private readonly Instant?[] _idBlocks = new Instant?[IdBlocks];
    private ushort _messageId = (ushort)luck.Next(65_536);
    private uint _sequence;
    private int _toSend;

    /// <summary>Requests under way.</summary>
    public int Count { get; private set; }

    public bool IsFull => Count == _exchanges.Length;

    /// <summary>When <see cref="TryGiveUp"/> is due.</summary>
    public Instant? NextDeadline
    {
        get
        {
            Instant? earliest = null;
            foreach (ref readonly var exchange in _exchanges.AsSpan())
            {
                earliest = exchange.Request is null ? earliest : Instant.Earliest(earliest, exchange.Due);
            }

            return earliest;
        }
    }

    /// <summary>False when the window is full, or all Message IDs of the last 247 s are used up (RFC 7252 §4.4).</summary>
    public bool TryBegin(Instant now, FleetRequest request)
    {
        if (IsFull || !TryTakeMessageId(now, out var messageId))
        {
            return false;
        }

        var place = Array.FindIndex(_exchanges, exchange => exchange.Request is null);
        var timeout = request.Confirmable
            ? Times.AckTimeout * (1 + (luck.NextDouble() * (Times.AckRandomFactor - 1))) : ResponsePatience;
        _exchanges[place] = new Exchange
        {
            Request = request, MessageId = messageId, Sequence = ++_sequence, Begun = now, Timeout = timeout, Due = now + timeout, ToSend = true,
        };
        Count++;
        _toSend++;
        return true;
    }

    /// <summary>The next message to be sent, for the first time or again.</summary>
    public bool TryTakeTransmit(Span<byte> buffer, out int length)
    {
        length = 0;
        if (_toSend == 0)
        {
            return false;
        }

        var place = Array.FindIndex(_exchanges, exchange => exchange.ToSend);
        ref var exchange = ref _exchanges[place];
        exchange.ToSend = false;
        _toSend--;
        Span<byte> token = stackalloc byte[FleetDevice.TokenLength];
        BinaryPrimitives.WriteUInt32BigEndian(token, TokenOf(place));
        length = exchange.Request!.Write(buffer, exchange.MessageId, token);
        return true;
    }

    /// <summary>A message that answers: an ACK, an RST, or a response. True when it ends an exchange.</summary>
    public bool TryHandle(Instant now, in CoapMessage message, out FleetOutcome outcome)
    {
        outcome = default;
        var place = message.Code.IsEmpty ? Array.FindIndex(_exchanges, Sent(message.MessageId))
            : message.Token.Length == FleetDevice.TokenLength ? PlaceOf(BinaryPrimitives.ReadUInt32BigEndian(message.Token)) : -1;
        if (place < 0)
        {
            return false;
        }

        ref var exchange = ref _exchanges[place];
        if (message.Code.IsEmpty && message.Type != MessageType.Reset)
        {
            // RFC 7252 §5.2.2: the response comes later.
            exchange.IsAcknowledged = true;
            exchange.Due = now + ResponsePatience;
            return false;
        }

        outcome = End(now, ref exchange, message.Code) with { IsReset = message.Code.IsEmpty };
        return true;
    }

    /// <summary>Marks what is to be sent again; true, one at a time, for what is given up.</summary>
    public bool TryGiveUp(Instant now, out FleetOutcome outcome)
    {
        for (var place = 0; Count > 0 && place < _exchanges.Length; place++)
        {
            ref var exchange = ref _exchanges[place];
            if (exchange.Request is null || exchange.Due > now)
            {
                continue;
            }

            if (!exchange.Request.Confirmable || exchange.IsAcknowledged || exchange.Retransmissions == Times.MaxRetransmit)
            {
                outcome = End(now, ref exchange, CoapCode.Empty);
                return true;
            }

            exchange.Retransmissions++;
            exchange.Timeout *= 2;
            exchange.Due = now + exchange.Timeout;
            _toSend += exchange.ToSend ? 0 : 1;
            exchange.ToSend = true;
        }

        outcome = default;
        return false;
    }

    private static Predicate<Exchange> Sent(ushort messageId) => exchange => exchange.Request is not null && exchange.MessageId == messageId;

    private FleetOutcome End(Instant now, ref Exchange exchange, CoapCode code)
    {
        var outcome = new FleetOutcome(exchange.Request!, code, now - exchange.Begun, exchange.Retransmissions);
        _toSend -= exchange.ToSend ? 1 : 0;
        exchange = default;
        Count--;
        return outcome;
    }

    // The place is in the token, so that a response finds its exchange at once; the rest tells it from the one before in that place.
    private uint TokenOf(int place) => ((uint)place << 24) | (_exchanges[place].Sequence & 0xFF_FFFF);

    private int PlaceOf(uint token)
    {
        var place = (int)(token >> 24);
        return place < _exchanges.Length && _exchanges[place].Request is not null && TokenOf(place) == token ? place : -1;
    }

    /// <summary>RFC 7252 §4.4: none is used again within EXCHANGE_LIFETIME; that is looked at for a sixteenth of them at a time.</summary>
    private bool TryTakeMessageId(Instant now, out ushort messageId)
    {
        messageId = (ushort)(_messageId + 1);
        ref var lastUse = ref _idBlocks[messageId / IdsPerBlock];
        if (messageId % IdsPerBlock == 0 && lastUse + Times.ExchangeLifetime > now)
        {
            return false;
        }

        lastUse = now;
        _messageId = messageId;
        return true;
    }

    private struct Exchange
    {
        public FleetRequest? Request;
        public Instant Begun;
        public Instant Due;
        public TimeSpan Timeout;
        public uint Sequence;
        public ushort MessageId;
        public byte Retransmissions;
        public bool IsAcknowledged;
        public bool ToSend;
    }
}
