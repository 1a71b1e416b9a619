using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Upstream.Amqp;

// What comes from the connection and from owners.
internal sealed partial class AmqpDriver
{
    private void TakeEvents(Instant now)
    {
        while (_inbox.TryTake(out var what))
        {
            if (ReferenceEquals(what.From, _connection))
            {
                Take(now, what);
            }
        }
    }

    private void Take(Instant now, AmqpEvent what)
    {
        switch (what)
        {
            case AmqpEvent.Confirmed confirmed:
                _link.HandleConfirm(now, confirmed.Number, confirmed.IsMultiple, confirmed.IsNegative);
                break;
            case AmqpEvent.Returned returned:
                _events.Unroutable(now, returned.Key);
                _link.HandleReturn(returned.MessageId);
                break;
            case AmqpEvent.Command command:
                _link.HandleCommand(command.Tag, command.Message, command.IsDuplicate);
                break;
            case AmqpEvent.Reply reply:
                _link.HandleReply(reply.Message);
                break;
            case AmqpEvent.Blocked { Reason: { } reason }:
                _events.Blocked(reason);
                _link.HandleBlocked();
                break;
            case AmqpEvent.Blocked:
                _events.Unblocked();
                _link.HandleUnblocked();
                break;
            case AmqpEvent.PublishRefused { Code: RabbitMQ.Client.Constants.NotFound } missing:
                Lose(now, missing.Code, missing.Text); // not the message's fault: the exchange is gone
                break;
            case AmqpEvent.PublishRefused refused:
                _events.PublishRefused(refused.Code, refused.Text);
                _link.HandlePublishRefused(now, AmqpFaults.ReasonOf(refused.Code, refused.Text));
                break;
            case AmqpEvent.Closed closed:
                Lose(now, closed.Code, closed.Text);
                break;
        }
    }

    private void TakeInbox(Instant now)
    {
        while (_link.MayTakePublish && Inbox.TryTake(out Publish publish))
        {
            _link.HandlePublish(publish);
        }

        while (Inbox.TryTake(out SubscriptionChange change))
        {
            _link.HandleSubscription(change);
        }

        while (Inbox.TryTake(out DeliveryAcknowledgement acknowledgement))
        {
            _link.HandleAcknowledgement(acknowledgement);
        }

        while (Inbox.TryTake(out TurnRequest _))
        {
            // Turns are for State routes, which AMQP cannot have.
        }
    }
}
