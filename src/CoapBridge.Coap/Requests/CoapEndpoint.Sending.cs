using CoapBridge.Wire;

namespace CoapBridge.Coap;

// What leaves: ACKs and RSTs at once, NONs at once, CONs one after the other.
public sealed partial class CoapEndpoint
{
    private void Send(in OutgoingMessage message)
    {
        if (_transmits.Count < MaxTransmits)
        {
            _transmits.Add(message);
        }
    }

    private void SendPiggybacked(ulong sequence)
    {
        ref var request = ref _received![sequence];
        Send(new OutgoingMessage(
            MessageType.Acknowledgement, request.Code, _received.MessageIdOf(sequence), request.Token, request.Body));
    }

    private SendOutcome SendNonConfirmable(Instant now, in OutgoingMessage message, out ushort messageId)
    {
        if (!_messageIds.TryTake(now, _group.Parameters.ExchangeLifetime, out messageId))
        {
            return SendOutcome.NoMessageId;
        }

        Send(message with { MessageId = messageId });
        return SendOutcome.Accepted;
    }

    private SendOutcome RequestNonConfirmable(
        Instant now, in OutgoingMessage message, OutgoingRequest handle, out OutgoingRequest request)
    {
        request = default;
        var outcome = SendNonConfirmable(now, message, out var messageId);
        if (outcome == SendOutcome.Accepted)
        {
            request = handle;
            (_requests ??= new OutstandingRequests()).Add(handle, message.Token, now + _group.Parameters.ExchangeLifetime, messageId, Observes(message));
        }

        return outcome;
    }

    private SendOutcome RequestConfirmable(
        Instant now, in OutgoingMessage message, OutgoingRequest handle, out OutgoingRequest request)
    {
        request = default;
        if (_confirmables is { IsFull: true })
        {
            return SendOutcome.QueueFull;
        }

        request = handle;
        (_requests ??= new OutstandingRequests()).Add(handle, message.Token, deadline: null, messageId: null, Observes(message));
        return SendConfirmable(now, new Confirmable(message, handle, default));
    }

    private SendOutcome SendConfirmable(Instant now, in Confirmable confirmable)
    {
        _confirmables ??= new ConfirmableSender(_group.Parameters, _group.Entropy);
        if (!_confirmables.TryEnqueue(confirmable))
        {
            return SendOutcome.QueueFull;
        }

        BeginConfirmable(now);
        return SendOutcome.Accepted;
    }

    private void BeginConfirmable(Instant now)
    {
        if (_confirmables is { HasOutstanding: false, HasWaiting: true }
            && _messageIds.TryTake(now, _group.Parameters.ExchangeLifetime, out var messageId))
        {
            Send(_confirmables.Begin(now, messageId, out var confirmable));
            _requests?.Start(confirmable.Request, now + _group.Parameters.ExchangeLifetime);
        }
        else if (_confirmables is { IsIdle: true })
        {
            _confirmables = null;
        }
    }

    private void CompleteConfirmable(Instant now)
    {
        _confirmables!.Complete();
        BeginConfirmable(now);
        SendNotifications(now);
    }

    // A peer that has been silent for MAX_TRANSMIT_WAIT gets nothing of what waits behind (RFC 7252 §4.7).
    private void GiveUpConfirmables()
    {
        while (_confirmables!.TryGiveUp(out var confirmable))
        {
            if (confirmable.IsRequest)
            {
                EndRequest(confirmable.Request, CoapEventKind.RequestTimedOut);
            }
            else if (confirmable.IsNotification)
            {
                EndNotification(CoapEventKind.NotificationTimedOut, confirmable.Notification);
            }
            else
            {
                _events.Add(new CoapEvent(CoapEventKind.ResponseTimedOut, default, confirmable.Exchange, null));
                EndUnheard(CoapEventKind.NotificationTimedOut, confirmable.Message.Token);
            }
        }

        GiveUpNotifications();
    }

    private void EndRequest(OutgoingRequest request, CoapEventKind kind, byte[]? datagram = null)
    {
        _requests?.Remove(request);
        if (_requests is { Count: 0 })
        {
            _requests = null;
        }

        _events.Add(new CoapEvent(kind, request, default, datagram));
    }
}
