using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// What the engine's events become.
public sealed partial class BrokerLink
{
    private void Follow(Instant now)
    {
        while (_engine.TryTakeEvent(out var what))
        {
            switch (what.Kind)
            {
                case MqttEventKind.PublishAcknowledged:
                    Receive(now, what.Ticket, ReceiptOutcome.Acknowledged, what.Reason);
                    break;
                case MqttEventKind.PublishHandedOver:
                    Receive(now, what.Ticket, ReceiptOutcome.HandedOver);
                    break;
                case MqttEventKind.PublishLost:
                    Receive(now, what.Ticket, ReceiptOutcome.ConnectionLost);
                    break;
                case MqttEventKind.PublishUnconfirmed:
                    HandleUnconfirmed(now, what.Ticket);
                    break;
                case MqttEventKind.PublishNotSent:
                    Receive(now, what.Ticket, ReceiptOutcome.NotConnected);
                    break;
                case MqttEventKind.SubscribeAcknowledged:
                    _subscriptions.HandleAcknowledged(now, what.Ticket, what.Reasons!);
                    break;
                case MqttEventKind.UnsubscribeAcknowledged:
                    _subscriptions.SendRequests(now);
                    break;
                case MqttEventKind.PingAnswered:
                    _subscriptions.HandlePingAnswered(now, what.Ticket);
                    break;
                case MqttEventKind.MessageReceived:
                    Deliver(now, what.Ticket, what.Message!);
                    break;
                case MqttEventKind.ConnectionAccepted:
                    HandleAccepted(now);
                    break;
                case MqttEventKind.ConnectionRefused:
                    _reconnection.HandleRefused(now, what.Reason, what.Detail);
                    break;
                case MqttEventKind.ConnectionClosed:
                    HandleClosed(now, what);
                    break;
            }
        }

        if (_reconnection.IsDraining && OutstandingCount == 0)
        {
            LeaveForGood(now);
        }

        if (_reconnection.MustLeave(now, OutstandingCount))
        {
            Leave(now, MqttReasonCode.Success);
        }
    }

    private void HandleAccepted(Instant now)
    {
        _reconnection.HandleAccepted(now);
        if (_online is not null)
        {
            _engine.Publish(now, OwnTicket, _online);
        }

        _subscriptions.HandleConnected(now);
        _stallCheck = now + StallTimeout; // for what a resumed session sends again
    }

    private void HandleClosed(Instant now, in MqttEvent closed)
    {
        _subscriptions.HandleDisconnected();
        var detail = closed.End == ConnectionEnd.LocalDisconnect && !_reconnection.IsDraining ? "publishes without PUBACK" : closed.Detail;
        var hasReason = closed.End is ConnectionEnd.ServerDisconnect or ConnectionEnd.ServerFault or ConnectionEnd.LocalDisconnect;
        _reconnection.HandleClosed(now, CauseOf(closed), new BrokerEvent.Closed(closed.End, hasReason ? closed.Reason : null, detail, null));
    }

    private ReconnectCause CauseOf(in MqttEvent closed) => (closed.End, closed.Reason) switch
    {
        (ConnectionEnd.TransportLost, _) => _transportEnd ?? ReconnectCause.Unreachable,
        (ConnectionEnd.ServerDisconnect, MqttReasonCode.SessionTakenOver) => ReconnectCause.TakenOver,
        (ConnectionEnd.ServerDisconnect, MqttReasonCode.NotAuthorized or MqttReasonCode.Banned) => ReconnectCause.Refused,
        _ => ReconnectCause.Unreachable,
    };

    private void Deliver(Instant now, ulong ticket, InboundMessage message)
    {
        var filters = _subscriptions.Match(message);
        _deliveries.Add(now, ticket, message, filters);
        if (filters.Count == 0)
        {
            _subscriptions.HandleUnwanted(now, message.Message.Topic);
        }
    }

    /// <summary>The broker keeps the session, and commands with it, for the next run; with 0x04 it publishes the will.</summary>
    private void LeaveForGood(Instant now) =>
        Leave(now, _online is null ? MqttReasonCode.Success : MqttReasonCode.DisconnectWithWillMessage);

    /// <summary>Says DISCONNECT once; what is not acknowledged by now is lost.</summary>
    private void Leave(Instant now, MqttReasonCode reason, bool endsSession = false)
    {
        if (_reconnection.IsOpen && !MustClose)
        {
            _engine.Disconnect(now, reason, endsSession);
            Follow(now);
        }
    }

    /// <summary>A resumed session sends the message again, but its request has waited long enough.</summary>
    private void HandleUnconfirmed(Instant now, ulong ticket)
    {
        if (ticket != OwnTicket && !_unconfirmed.Contains(ticket))
        {
            Receive(now, ticket, ReceiptOutcome.ConnectionLost);
            _unconfirmed.Add(ticket);
        }
    }

    private void CheckStall(Instant now)
    {
        _stallCheck = _engine.InFlightCount > 0 ? now + StallCheck : null;
        if (_engine.IsStalledSince(now - StallTimeout))
        {
            // A session that was resumed in vain is given up, or one message could hold up all others for ever.
            Leave(now, MqttReasonCode.UnspecifiedError, endsSession: _engine.IsSessionResumed);
        }
    }

    private void Receive(Instant now, ulong ticket, ReceiptOutcome outcome, MqttReasonCode reason = MqttReasonCode.Success)
    {
        if (ticket == OwnTicket || _unconfirmed.Remove(ticket))
        {
            return; // its request, if there was one, was answered when the connection was lost
        }

        OutstandingCount--;
        var own = ticket & ((1UL << TicketBits) - 1);
        _receipts.Enqueue(((int)(ticket >> TicketBits), new Receipt(own, outcome, reason)));
    }
}
