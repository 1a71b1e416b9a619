using CoapBridge.Wire;

namespace CoapBridge.Coap;

// Who is told of changes, and when (RFC 7641 §4).
public sealed partial class CoapEndpoint
{
    private static readonly byte[] FormatChanged = "content-format: changed"u8.ToArray();

    /// <summary>The peer observes something under this token.</summary>
    public bool IsObserver(Token token) => _observations?.Find(token) is not null;

    /// <summary>The token of a request that is not answered yet; the empty one after that.</summary>
    public Token TokenOf(Exchange exchange) =>
        exchange.Observer is { } observer ? observer
        : _received is { } received && exchange.Sequence >= received.FirstSequence && exchange.Sequence < received.NextSequence
            ? received[exchange.Sequence].Token : default;

    /// <summary>
    /// Tells an observer a new state, or with a code other than 2.xx that there will be none: then it is no observer any
    /// more (RFC 7641 §4.2). One CON is outstanding to a peer (NSTART = 1); a state that waits for its turn is replaced by a
    /// newer one (§4.5.1), so who must not lose one waits for its acknowledgement before giving the next. NONs are 3 s apart
    /// (§4.5.1): what comes sooner goes in a CON, if none is outstanding, or else waits.
    /// </summary>
    /// <param name="now">The present.</param>
    /// <param name="token">Of the registration.</param>
    /// <param name="code">Class 2, 4 or 5.</param>
    /// <param name="options">As <see cref="OptionWriter"/> wrote them, without Observe; copied.</param>
    /// <param name="payload">Kept by reference; of any length (RFC 7959 §2.6).</param>
    /// <param name="confirmable">It has to be acknowledged: the event tells. Without it none is told unless it went in a CON.</param>
    /// <param name="notification">Names it in events.</param>
    /// <returns>Gone when the token is not an observer's.</returns>
    /// <exception cref="ArgumentException">The code is not a response code.</exception>
    public SendOutcome Notify(
        Instant now, Token token, CoapCode code, ReadOnlySpan<byte> options, ReadOnlyMemory<byte> payload, bool confirmable,
        out Notification notification)
    {
        if (!code.IsResponse)
        {
            throw new ArgumentException($"{code} is not a response code.", nameof(code));
        }

        notification = default;
        if (_observations?.Find(token) is not { } observation)
        {
            return SendOutcome.Gone;
        }

        if (LargestSzX(token, options) < 0)
        {
            return SendOutcome.TooLarge;
        }

        notification = _observations.Name(token);
        if (code.Class != 2)
        {
            return EndWith(now, observation, code, options, payload, confirmable, notification);
        }

        // RFC 7641 §4.2: a server that cannot keep the Content-Format SHOULD say 4.06 and MUST remove the observer.
        if (ContentFormatOf(options) != observation.ContentFormat)
        {
            _events.Add(new CoapEvent(CoapEventKind.ObservationEnded, default, default, null, notification));
            return EndWith(now, observation, CoapCode.NotAcceptable, default, FormatChanged, confirmable, notification);
        }

        observation.Offer(now, new PendingNotification(notification, code, options.ToArray(), payload, confirmable));
        SendNotifications(now);
        return SendOutcome.Accepted;
    }

    /// <summary>The owner has nothing more to tell: the observer is forgotten without a word.</summary>
    public void EndObservation(Token token)
    {
        if (_observations?.Remove(token, out _) == true && _observations.Count == 0)
        {
            _observations = null;
        }
    }

    /// <summary>The connection is over: gives back what the endpoint has of its group.</summary>
    public void Release()
    {
        _observations?.Clear();
        _observations = null;
        if (_bodies is not null)
        {
            _group.Bodies.RemoveAll(_bodies);
            _bodies = null;
        }
    }

    /// <summary>The sequence number of the response that makes a peer an observer; null when it makes it none.</summary>
    private uint? Register(Instant now, in ReceivedMessage request, CoapCode code, ReadOnlySpan<byte> options, bool observe)
    {
        if (!observe || code.Class != 2)
        {
            EndObservation(request.Token);
            return null;
        }

        _observations ??= new Observations(_group, now);
        var observation = _observations.Claim(request.Token);
        if (observation is null)
        {
            _observations = _observations.Count == 0 ? null : _observations;
            return null;
        }

        observation.Register(now, request, ContentFormatOf(options));
        return _observations.NextSequence();
    }

    /// <summary>When the next NON to an observer may leave: 3 s after the one before, and with a Message ID.</summary>
    private Instant NonConfirmableAllowed =>
        _messageIds.AvailableAt(_group.Parameters.ExchangeLifetime) is { } free && free > _observations!.NonConfirmableAllowed
            ? free : _observations!.NonConfirmableAllowed;

    private Instant? NotificationDeadline => _confirmables is not null && _observations?.FirstPending is { NeedsConfirmable: false }
        ? NonConfirmableAllowed : null;

    /// <summary>The answer that made an observer is its first notification (RFC 7641 §4.2): what cannot be told makes none.</summary>
    private SendOutcome FollowRegistration(SendOutcome outcome, in OutgoingMessage answer)
    {
        if (outcome != SendOutcome.Accepted)
        {
            EndObservation(answer.Token);
        }
        else if (answer.Type == MessageType.NonConfirmable)
        {
            _observations!.Find(answer.Token)!.NonConfirmableId = answer.MessageId;
        }

        return outcome;
    }

    /// <summary>The separate answer to a registration came to nothing.</summary>
    private void EndUnheard(CoapEventKind kind, Token token)
    {
        if (IsObserver(token))
        {
            EndNotification(kind, new Notification(token, 0));
        }
    }

    private void SendNotifications(Instant now)
    {
        while (_observations?.FirstPending is { } observation)
        {
            // NSTART = 1: another CON has to end first. One that has no Message ID yet waits for that.
            var confirmable = observation.NeedsConfirmable || now < NonConfirmableAllowed;
            if (confirmable && _confirmables is not null)
            {
                return;
            }

            var notification = observation.Take();
            _observations.EndTurn(observation);
            var message = Compose(now, observation, notification);
            if (confirmable)
            {
                SendConfirmable(now, new Confirmable(message, default, default, notification.Name));
            }
            else if (SendNonConfirmable(now, message with { Type = MessageType.NonConfirmable }, out var messageId) == SendOutcome.Accepted)
            {
                observation.NonConfirmableId = messageId;
                _observations.CountNonConfirmable(now);
            }
        }
    }

    /// <summary>The answer to a registration of an earlier run: a notification to be acknowledged, or the last word.</summary>
    private SendOutcome RespondRestored(
        Instant now, Token token, CoapCode code, ReadOnlySpan<byte> options, ReadOnlyMemory<byte> payload, bool observe)
    {
        if (_observations?.Find(token) is not { } observation)
        {
            return SendOutcome.Gone;
        }

        if (observe && code.Class == 2)
        {
            return Notify(now, token, code, options, payload, confirmable: true, out _);
        }

        // RFC 7641 §4.2: an observer that is let go hears an error; a state alone would leave it waiting.
        var last = code.Class == 2 ? CoapCode.ServiceUnavailable : code;
        return EndWith(now, observation, last, default, default, confirmable: true, _observations.Name(token));
    }

    /// <summary>RFC 7641 §4.5.2: a retransmission that is due carries the newer state if there is one, under a new Message ID.</summary>
    private void RenewOutstanding(Instant now)
    {
        if (_confirmables!.OutstandingNotification is { Number: > 0 } outdated
            && _observations?.Find(outdated.Token) is { HasPending: true } observation
            && _messageIds.TryTake(now, _group.Parameters.ExchangeLifetime, out var messageId))
        {
            var notification = observation.Take();
            _confirmables.Renew(Compose(now, observation, notification) with { MessageId = messageId }, notification.Name);
        }
    }

    /// <summary>RFC 7641 §4.2: a notification of an error has no Observe option, and is the last.</summary>
    private SendOutcome EndWith(
        Instant now, Observation observation, CoapCode code, ReadOnlySpan<byte> options, ReadOnlyMemory<byte> payload, bool confirmable,
        Notification name)
    {
        EndObservation(name.Token);
        var message = Compose(new AnswerParts(now, name.Token, observation.Terms, observation.Key, code, options), payload.Span, payload);
        return confirmable
            ? SendConfirmable(now, new Confirmable(message, default, default, name))
            : SendNonConfirmable(now, message with { Type = MessageType.NonConfirmable }, out _);
    }

    private OutgoingMessage Compose(Instant now, Observation observation, in PendingNotification notification)
    {
        var parts = new AnswerParts(now, observation.Token, observation.Terms, observation.Key, notification.Code, notification.Options)
        {
            Observe = _observations!.NextSequence(),
        };
        return Compose(parts, notification.Payload.Span, notification.Payload);
    }

    /// <summary>An RST to the newest NON of an observation (RFC 7641 §3.6).</summary>
    private bool TryResetNotification(ushort messageId)
    {
        if (_observations?.FindNonConfirmable(messageId) is not { } observation)
        {
            return false;
        }

        EndNotification(CoapEventKind.NotificationReset, new Notification(observation.Token, 0));
        return true;
    }

    /// <summary>What became of a CON: after RST and time-out the peer is no observer any more (RFC 7641 §4.5).</summary>
    private void EndNotification(CoapEventKind kind, Notification notification)
    {
        EndObservation(notification.Token);
        _events.Add(new CoapEvent(kind, default, default, null, notification));
    }

    private void ConfirmNotification(Instant now, Notification notification)
    {
        _observations?.Find(notification.Token)?.Confirm(now);
        _events.Add(new CoapEvent(CoapEventKind.NotificationAcknowledged, default, default, null, notification));
    }

    /// <summary>A peer that does not answer is told nothing of what waits, and so observes it no more.</summary>
    private void GiveUpNotifications()
    {
        while (_observations?.FirstPending is { } observation)
        {
            EndNotification(CoapEventKind.NotificationTimedOut, observation.Take().Name);
        }
    }

    /// <summary>
    /// A request under the token of an observation ends it, whether it says so (RFC 7641 §3.6) or uses the token for something
    /// else; only one that registers again may keep it, if the owner agrees.
    /// </summary>
    private void FollowToken(in CoapMessage request, ulong sequence)
    {
        var isRegistration = request.TryGetUInt32(OptionNumber.Observe, out var observe) && observe == 0;
        if (isRegistration && request.Code == CoapCode.Get && request.OptionsLength <= Observation.MaximumRequest)
        {
            _received!.Hold(sequence, CacheKey.Of(request));
        }

        if (_observations is not null && !isRegistration && IsObserver(new Token(request.Token)))
        {
            EndNotification(CoapEventKind.ObservationEnded, new Notification(new Token(request.Token), 0));
        }
    }

    private static uint? ContentFormatOf(ReadOnlySpan<byte> options)
    {
        foreach (var option in new OptionEnumerator(options, all: false))
        {
            if (option.Number == OptionNumber.ContentFormat && option.TryGetUInt32(out var format))
            {
                return format;
            }
        }

        return null;
    }
}
