using System.Globalization;
using System.Text;
using CoapBridge.Wire;

namespace CoapBridge.Coap;

// What arrives: each datagram ends in exactly one Reception.
public sealed partial class CoapEndpoint
{
    /// <summary>Takes in one decrypted datagram. Never throws for what is in it.</summary>
    /// <param name="now">The present.</param>
    /// <param name="datagram">Borrowed for this call.</param>
    /// <param name="request">For <see cref="ReceptionKind.Request"/> and <see cref="ReceptionKind.FirstBlock"/>: a view over <paramref name="datagram"/>; else empty.</param>
    /// <param name="exchange">For these two: with what to answer it, once.</param>
    public Reception HandleDatagram(Instant now, ReadOnlySpan<byte> datagram, out CoapMessage request, out Exchange exchange)
    {
        request = default;
        exchange = default;
        if (!CoapMessage.TryParse(datagram, out var message, out var fault))
        {
            return RefuseFormat(message, fault);
        }

        byte[]? body = null;
        var reception = message.Type switch
        {
            MessageType.Acknowledgement => HandleAcknowledgement(now, message, datagram),
            MessageType.Reset => HandleReset(now, message),
            _ when message.Code.IsEmpty => HandleEmpty(message),
            _ when _received is not null && _received.TryFind(now, message.MessageId, out var first) => HandleDuplicate(message, first),
            _ when message.Code.IsRequest => HandleRequest(now, message, out exchange, out body),
            _ => HandleResponse(now, message, datagram),
        };
        if (reception.Kind is ReceptionKind.Request or ReceptionKind.FirstBlock)
        {
            request = body is null ? message : message.WithPayload(body);
        }

        return reception;
    }

    // RFC 7252 §4.2, §4.3: a format error in a CON is rejected with an RST, in anything else ignored.
    private Reception RefuseFormat(in CoapMessage message, CoapFault fault)
    {
        if (message.Type == MessageType.Confirmable && fault is not (CoapFault.TooShort or CoapFault.Version))
        {
            Send(OutgoingMessage.Reset(message.MessageId));
        }

        return new Reception(ReceptionKind.Dropped, CoapDrop.FormatError, fault);
    }

    private Reception HandleEmpty(in CoapMessage message)
    {
        if (message.Type == MessageType.NonConfirmable)
        {
            return Reception.Dropped(CoapDrop.EmptyNonConfirmable);
        }

        // RFC 7252 §4.3: an empty CON, "CoAP ping", elicits an RST.
        Send(OutgoingMessage.Reset(message.MessageId));
        return new Reception(ReceptionKind.Ping);
    }

    private Reception HandleDuplicate(in CoapMessage message, ulong sequence)
    {
        ref var first = ref _received![sequence];
        if (first.Type != message.Type)
        {
            return Reject(message, CoapDrop.MessageIdReused);
        }

        // RFC 7252 §4.5: each duplicate CON gets the same ACK, each duplicate NON nothing.
        if (message.Type == MessageType.Confirmable)
        {
            switch (first.State)
            {
                case ReceivedState.Piggybacked:
                    SendPiggybacked(sequence);
                    break;
                case ReceivedState.Acknowledged or ReceivedState.Finished:
                    Send(OutgoingMessage.EmptyAcknowledgement(message.MessageId));
                    break;
                case ReceivedState.Forgotten:
                    return Reject(message, CoapDrop.AnswerForgotten);
            }
        }

        return new Reception(ReceptionKind.Duplicate);
    }

    private Reception HandleRequest(Instant now, in CoapMessage message, out Exchange exchange, out byte[]? body)
    {
        exchange = default;
        body = null;
        var drop = OptionRules.CheckRequest(message, _group.CriticalOptions, out var number);
        if (drop != CoapDrop.None)
        {
            Refuse(now, message, drop, number);
            return Reception.Dropped(drop);
        }

        _received ??= new ReceivedMessages(_group.Parameters, _nextSequence);
        var terms = ResponseTerms.Of(message);
        var key = CacheKey.Hash(message);
        if (!_received.TryAdd(now, message, ReceivedState.InProgress, out var sequence, terms, key))
        {
            RefuseForRate(now, message);
            return Reception.Dropped(CoapDrop.TooManyMessages);
        }

        FollowToken(message, sequence);
        exchange = new Exchange(sequence);
        if (terms.Block1 is { } block1 && !TryComplete(now, message, exchange, block1, out body, out var kind))
        {
            return new Reception(kind);
        }

        return terms is { Block1: null, Block2.Num: > 0 } && TryServeBlock(now, exchange, terms, key)
            ? new Reception(ReceptionKind.Block) : new Reception(ReceptionKind.Request);
    }

    // A refused CON need not be remembered: its duplicate is refused with the same bytes.
    private void Refuse(Instant now, in CoapMessage message, CoapDrop drop, OptionNumber number)
    {
        var (code, word) = drop switch
        {
            CoapDrop.CriticalOption => (CoapCode.BadOption, "critical-option"),
            CoapDrop.Proxying => (CoapCode.ProxyingNotSupported, "no-proxy"),
            CoapDrop.InvalidUtf8 => (CoapCode.BadRequest, "utf8"),
            CoapDrop.BlockSize => (CoapCode.BadRequest, "block-size"),
            _ => (CoapCode.BadRequest, "too-many-options"),
        };

        // RFC 7252 §5.4.1: a NON with an unrecognised critical option is rejected, and that without an RST.
        if (message.Type == MessageType.NonConfirmable && (drop == CoapDrop.CriticalOption || !TryRememberFinished(now, message)))
        {
            return;
        }

        var text = drop == CoapDrop.TooManyOptions ? word : string.Create(CultureInfo.InvariantCulture, $"{word}: {(ushort)number}");
        RespondAtOnce(now, message, code, default, Encoding.UTF8.GetBytes(text));
    }

    private void RefuseForRate(Instant now, in CoapMessage message)
    {
        // RFC 8516 §3: Max-Age says when to try again.
        if (message.Type == MessageType.Confirmable)
        {
            Span<byte> buffer = stackalloc byte[8];
            var options = new OptionWriter(buffer);
            var wait = _received!.EvictableAt - now;
            options.Write(OptionNumber.MaxAge, (uint)Math.Max(1, Math.Ceiling(wait.TotalSeconds)));
            RespondAtOnce(now, message, CoapCode.TooManyRequests, options.Written, "rate: too many messages"u8);
        }
    }

    private void RespondAtOnce(
        Instant now, in CoapMessage request, CoapCode code, ReadOnlySpan<byte> options, ReadOnlySpan<byte> diagnostic)
    {
        var body = OutgoingMessage.BodyOf(options, diagnostic);
        var token = new Token(request.Token);
        if (request.Type == MessageType.Confirmable)
        {
            Send(new OutgoingMessage(MessageType.Acknowledgement, code, request.MessageId, token, body));
        }
        else
        {
            SendNonConfirmable(now, new OutgoingMessage(MessageType.NonConfirmable, code, 0, token, body), out _);
        }
    }

    private Reception HandleResponse(Instant now, in CoapMessage message, ReadOnlySpan<byte> datagram)
    {
        if (_requests is null || !_requests.TryFind(new Token(message.Token), out var request))
        {
            return RejectResponse(message);
        }

        var accepted = OptionRules.AcceptsResponse(message, _group.CriticalOptions);
        if (accepted)
        {
            // When it cannot be remembered, its duplicate is unmatched and gets an RST: the response itself is not lost.
            TryRememberFinished(now, message);
        }

        if (accepted && message.Type == MessageType.Confirmable)
        {
            Send(OutgoingMessage.EmptyAcknowledgement(message.MessageId));
        }

        FollowResponse(now, request, message, datagram, accepted);

        // A response says that the request has arrived, whether its ACK was lost or is late (RFC 7252 §5.2.2).
        if (_confirmables?.IsOutstanding(request) == true)
        {
            CompleteConfirmable(now);
        }

        return accepted ? new Reception(ReceptionKind.Response) : Reject(message, CoapDrop.CriticalOptionInResponse);
    }

    private Reception HandleAcknowledgement(Instant now, in CoapMessage message, ReadOnlySpan<byte> datagram)
    {
        if (message.Code.IsRequest)
        {
            return Reception.Dropped(CoapDrop.RequestInAcknowledgement);
        }

        if (_confirmables is null || !_confirmables.IsOutstanding(message.MessageId, out var confirmable))
        {
            return Reception.Dropped(CoapDrop.UnmatchedAcknowledgement);
        }

        if (message.Code.IsEmpty)
        {
            if (confirmable.IsPing)
            {
                // RFC 7252 §4.3 wants an RST; some answer with an ACK, which proves as much.
                EndRequest(confirmable.Request, CoapEventKind.Pong);
            }
            else if (confirmable.IsNotification)
            {
                ConfirmNotification(now, confirmable.Notification);
            }
            else if (!confirmable.IsRequest)
            {
                _events.Add(new CoapEvent(CoapEventKind.ResponseAcknowledged, default, confirmable.Exchange, null));
            }

            CompleteConfirmable(now);
            return new Reception(ReceptionKind.Acknowledgement);
        }

        // RFC 7252 §5.3.2: in a piggybacked response Message ID and token must both match; a ping asks for none.
        if (!confirmable.IsRequest || confirmable.IsPing || confirmable.Message.Token != new Token(message.Token))
        {
            return Reception.Dropped(CoapDrop.UnmatchedAcknowledgement);
        }

        var accepted = OptionRules.AcceptsResponse(message, _group.CriticalOptions);
        FollowResponse(now, confirmable.Request, message, datagram, accepted);
        CompleteConfirmable(now);
        return accepted ? new Reception(ReceptionKind.Response) : Reception.Dropped(CoapDrop.CriticalOptionInResponse);
    }

    private Reception HandleReset(Instant now, in CoapMessage message)
    {
        if (!message.Code.IsEmpty)
        {
            return Reception.Dropped(CoapDrop.ResetNotEmpty);
        }

        if (_confirmables is not null && _confirmables.IsOutstanding(message.MessageId, out var confirmable))
        {
            if (confirmable.IsRequest)
            {
                EndRequest(confirmable.Request, confirmable.IsPing ? CoapEventKind.Pong : CoapEventKind.RequestReset);
            }
            else if (confirmable.IsNotification)
            {
                EndNotification(CoapEventKind.NotificationReset, confirmable.Notification);
            }
            else
            {
                _events.Add(new CoapEvent(CoapEventKind.ResponseReset, default, confirmable.Exchange, null));
                EndUnheard(CoapEventKind.NotificationReset, confirmable.Message.Token);
            }

            CompleteConfirmable(now);
            return new Reception(ReceptionKind.Reset);
        }

        if (_requests is not null && _requests.TryFindNonConfirmable(message.MessageId, out var request))
        {
            EndRequest(request, CoapEventKind.RequestReset);
            return new Reception(ReceptionKind.Reset);
        }

        return TryResetNotification(message.MessageId) ? new Reception(ReceptionKind.Reset) : Reception.Dropped(CoapDrop.UnmatchedReset);
    }

    // RFC 7252 §4.2, §4.3: rejecting a CON takes an RST; a NON is rejected in silence.
    private Reception Reject(in CoapMessage message, CoapDrop drop)
    {
        if (message.Type == MessageType.Confirmable)
        {
            Send(OutgoingMessage.Reset(message.MessageId));
        }

        return Reception.Dropped(drop);
    }

    private bool TryRememberFinished(Instant now, in CoapMessage message)
    {
        _received ??= new ReceivedMessages(_group.Parameters, _nextSequence);
        return _received.TryAdd(now, message, ReceivedState.Finished, out _);
    }
}
