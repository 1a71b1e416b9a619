using System.Buffers.Binary;
using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>
/// One CoAP endpoint over one DTLS connection, server and client in one (RFC 7252 §4, §5). The object is the security
/// association: nothing in it matches a message of another connection or epoch (RFC 7252 §9.1.1, §9.1.2), and an
/// address change does not touch it. After each call, take what <see cref="TryTakeTransmit"/> and
/// <see cref="TryTakeEvent"/> have and ask <see cref="NextDeadline"/> again.
/// </summary>
/// <param name="group">What it has in common with the other endpoints of its owner.</param>
public sealed partial class CoapEndpoint(EndpointGroup group)
{
    /// <summary>Options that one request may have.</summary>
    public const int MaxOptions = 64;

    /// <summary>Messages that wait for <see cref="TryTakeTransmit"/>; the next is lost as a datagram may be.</summary>
    public const int MaxTransmits = 64;

    /// <summary>After this without an answer a CON gets an empty ACK, and later a separate response (RFC 7252 §5.2.2).</summary>
    public static readonly TimeSpan AcknowledgementDelay = TimeSpan.FromMilliseconds(500);

    private EndpointGroup _group = group;
    private MessageIdSequence _messageIds = new(group.Entropy);
    private WaitingLine<OutgoingMessage> _transmits;
    private WaitingLine<CoapEvent> _events;

    // Null while there is nothing in them: an idle endpoint is one object.
    private ReceivedMessages? _received;
    private ConfirmableSender? _confirmables;
    private OutstandingRequests? _requests;
    private Observations? _observations;
    private BodyShare? _bodies;
    private ulong _nextSequence = 1;
    private uint _requestNumber;

    /// <summary>An endpoint that shares nothing with others.</summary>
    public CoapEndpoint(CriticalOptions criticalOptions, TransmissionParameters parameters, IEntropy entropy)
        : this(new EndpointGroup(criticalOptions, parameters, entropy))
    {
    }

    /// <summary>When <see cref="HandleTimeout"/> is due; null when nothing is remembered or awaited.</summary>
    public Instant? NextDeadline
    {
        get
        {
            var confirmable = _confirmables is { HasOutstanding: false, HasWaiting: true }
                ? _messageIds.AvailableAt(_group.Parameters.ExchangeLifetime)
                : _confirmables?.Deadline;
            var received = Instant.Earliest(_received?.OldestUnacknowledged + AcknowledgementDelay, _received?.NextSweep);
            return Instant.Earliest(Instant.Earliest(confirmable, received), Instant.Earliest(_requests?.Deadline, NotificationDeadline));
        }
    }

    /// <summary>
    /// An exchange is open, a CON of ours is not acknowledged, or something waits to be sent: what a draining gateway
    /// waits for. Remembered answers and pings do not count.
    /// </summary>
    public bool HasUnfinished =>
        _received is { OpenCount: > 0 } || _confirmables is { IsOnlyPing: false } || _transmits.Count > 0;

    /// <summary>
    /// Answers an exchange: in the ACK while that is open, else as a separate CON; a NON gets a NON (RFC 7252 §5.2).
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="exchange">What <see cref="HandleDatagram"/> gave; after its end nothing happens.</param>
    /// <param name="code">Class 2 to 5.</param>
    /// <param name="options">As <see cref="OptionWriter"/> wrote them; copied.</param>
    /// <param name="payload">Of any length: what does not fit goes by blocks (RFC 7959 §2.4); copied.</param>
    /// <param name="observe">
    /// With a code 2.xx the peer becomes an observer under the token of its request (RFC 7641 §4.1), if there is room:
    /// <see cref="IsObserver"/> tells. Otherwise it is none any more.
    /// </param>
    /// <exception cref="ArgumentException">The code is not a response code.</exception>
    public SendOutcome Respond(
        Instant now, Exchange exchange, CoapCode code, ReadOnlySpan<byte> options = default, ReadOnlySpan<byte> payload = default, bool observe = false) =>
        Respond(now, exchange, code, options, payload, default, null, observe);

    /// <inheritdoc cref="Respond(Instant, Exchange, CoapCode, ReadOnlySpan{byte}, ReadOnlySpan{byte}, bool)"/>
    /// <param name="payload">Kept by reference while its blocks are fetched; never changed.</param>
    public SendOutcome Respond(
        Instant now, Exchange exchange, CoapCode code, ReadOnlySpan<byte> options, ReadOnlyMemory<byte> payload, bool observe = false) =>
        Respond(now, exchange, code, options, payload.Span, payload, null, observe);

    private SendOutcome Respond(
        Instant now, Exchange exchange, CoapCode code, ReadOnlySpan<byte> options, ReadOnlySpan<byte> payload, ReadOnlyMemory<byte> kept,
        ResponseBody? held, bool observe)
    {
        if (!code.IsResponse)
        {
            throw new ArgumentException($"{code} is not a response code.", nameof(code));
        }

        if (exchange.Observer is { } observer)
        {
            return RespondRestored(now, observer, code, options, kept.IsEmpty ? payload.ToArray() : kept, observe);
        }

        if (!IsOpen(now, exchange))
        {
            return SendOutcome.Gone;
        }

        ref var request = ref _received![exchange.Sequence];
        if (LargestSzX(request.Token, options) < 0)
        {
            return SendOutcome.TooLarge;
        }

        var number = Register(now, request, code, options, observe && request.Terms.Block2 is not { Num: > 0 });
        if (request.Terms.IsUnwanted(code))
        {
            return Suppress(now, exchange);
        }

        var answer = new AnswerParts(now, request.Token, request.Terms, request.Key, code, options) { Observe = number, Held = held };
        var response = Compose(answer, payload, kept) with { Type = request.Type };
        if (request.NeedsAcknowledgement)
        {
            _received.Remember(exchange.Sequence, response.Code, response.Body);
            SendPiggybacked(exchange.Sequence);
            if (held is not null)
            {
                _received.MakeRepeatable(exchange.Sequence);
            }

            return SendOutcome.Accepted;
        }

        _received.Finish(exchange.Sequence);
        ushort messageId = 0;
        var outcome = response.Type == MessageType.Confirmable
            ? SendConfirmable(now, new Confirmable(response, default, exchange))
            : SendNonConfirmable(now, response, out messageId);
        return number is null ? outcome : FollowRegistration(outcome, response with { MessageId = messageId });
    }

    /// <summary>
    /// Ends an exchange without a response; a CON still gets its empty ACK (RFC 7252 §4.2, RFC 7967 §2).
    /// </summary>
    public SendOutcome Suppress(Instant now, Exchange exchange)
    {
        if (!IsOpen(now, exchange))
        {
            return SendOutcome.Gone;
        }

        if (_received![exchange.Sequence].NeedsAcknowledgement)
        {
            Send(OutgoingMessage.EmptyAcknowledgement(_received.MessageIdOf(exchange.Sequence)));
        }

        _received.Finish(exchange.Sequence);
        return SendOutcome.Accepted;
    }

    /// <summary>
    /// Sends a request. Its outcome comes as one event: a response, an RST, or the time-out. A CON waits its turn
    /// (NSTART = 1).
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="type">CON or NON.</param>
    /// <param name="method">A code 0.01 to 0.31.</param>
    /// <param name="options">As <see cref="OptionWriter"/> wrote them; copied.</param>
    /// <param name="payload">Copied.</param>
    /// <param name="request">Names the request in events; default when it was not accepted.</param>
    /// <exception cref="ArgumentException">Another type, or a code that is not a method.</exception>
    public SendOutcome Request(
        Instant now, MessageType type, CoapCode method, ReadOnlySpan<byte> options, ReadOnlySpan<byte> payload, out OutgoingRequest request)
    {
        if (type > MessageType.NonConfirmable || !method.IsRequest)
        {
            throw new ArgumentException($"{type} {method} is not a request.", nameof(method));
        }

        request = default;
        if (_requests?.Count >= OutstandingRequests.MaxRequests || _requestNumber == uint.MaxValue)
        {
            return SendOutcome.QueueFull;
        }

        var handle = new OutgoingRequest(++_requestNumber);
        var token = NewToken();
        if (OutgoingMessage.LengthOf(token, options, payload) > CoapMessage.MaxLength)
        {
            return SendOutcome.TooLarge;
        }

        var message = new OutgoingMessage(type, method, 0, token, OutgoingMessage.BodyOf(options, payload));
        return type == MessageType.Confirmable
            ? RequestConfirmable(now, message, handle, out request)
            : RequestNonConfirmable(now, message, handle, out request);
    }

    /// <summary>
    /// Sends an empty CON, which the peer answers with an RST: "CoAP ping" (RFC 7252 §4.3). It waits its turn like any
    /// CON. Its outcome is the event Pong or RequestTimedOut.
    /// </summary>
    public SendOutcome Ping(Instant now, out OutgoingRequest ping)
    {
        ping = default;
        if (_requestNumber == uint.MaxValue)
        {
            return SendOutcome.QueueFull;
        }

        var handle = new OutgoingRequest(++_requestNumber);
        var empty = new OutgoingMessage(MessageType.Confirmable, CoapCode.Empty, 0, default, null);
        var outcome = SendConfirmable(now, new Confirmable(empty, handle, default));
        ping = outcome == SendOutcome.Accepted ? handle : default;
        return outcome;
    }

    /// <summary>Does what is due. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now)
    {
        while (_received?.OldestUnacknowledged + AcknowledgementDelay <= now)
        {
            var sequence = _received!.OldestUnacknowledgedSequence;
            _received[sequence].State = ReceivedState.Acknowledged;
            Send(OutgoingMessage.EmptyAcknowledgement(_received.MessageIdOf(sequence)));
        }

        if (_confirmables?.Deadline <= now)
        {
            RenewOutstanding(now);
            if (_confirmables!.TryRetransmit(now, out var again))
            {
                Send(again);
            }
            else
            {
                GiveUpConfirmables();
            }
        }

        while (_requests is not null && _requests.TryTakeDue(now, out var late))
        {
            EndRequest(late, CoapEventKind.RequestTimedOut);
        }

        BeginConfirmable(now);
        SendNotifications(now);
        if (_received?.NextSweep <= now)
        {
            _received!.Sweep(now);
            ReleaseReceived();
        }
    }

    /// <summary>The length of what <see cref="TryTakeTransmit"/> gives next; 0 when there is nothing.</summary>
    public int NextTransmitLength => _transmits.TryPeek(out var next) ? next.Length : 0;

    /// <summary>Takes the next datagram to send.</summary>
    /// <param name="buffer">At least <see cref="CoapMessage.MaxLength"/> bytes.</param>
    /// <param name="length">How many of them are the datagram.</param>
    /// <exception cref="ArgumentException">The buffer is too small.</exception>
    public bool TryTakeTransmit(Span<byte> buffer, out int length)
    {
        if (buffer.Length < CoapMessage.MaxLength)
        {
            throw new ArgumentException($"Less than {CoapMessage.MaxLength} bytes.", nameof(buffer));
        }

        length = _transmits.TryTake(out var message) ? message.Encode(buffer) : 0;
        return length > 0;
    }

    /// <summary>Takes the next event about what was sent.</summary>
    public bool TryTakeEvent(out CoapEvent what) => _events.TryTake(out what);

    private bool IsOpen(Instant now, Exchange exchange) =>
        _received is not null && _received.IsRemembered(now, exchange.Sequence) && _received[exchange.Sequence].IsOpen;

    // RFC 7252 §5.3.1: not guessable; RFC 9175 §4.2: never used twice under one key. So a counter and 32 random bits.
    private Token NewToken()
    {
        Span<byte> token = stackalloc byte[CoapMessage.MaxTokenLength];
        BinaryPrimitives.WriteUInt32BigEndian(token, _requestNumber);
        _group.Entropy.Fill(token[4..]);
        return new Token(token);
    }

    private void ReleaseReceived()
    {
        if (_received is { Count: 0 })
        {
            _nextSequence = _received.NextSequence;
            _received = null;
        }
    }
}
