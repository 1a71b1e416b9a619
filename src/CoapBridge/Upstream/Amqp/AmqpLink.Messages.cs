using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Upstream.Amqp;

// What goes to the broker and what it says.
internal sealed partial class AmqpLink
{
    /// <summary>Whether a publish may be given in. With no connection it may, and is answered at once.</summary>
    public bool MayTakePublish => !IsRenewing && (!CanSend || _waiting.Count < MaximumWaiting);

    /// <summary>Another publishing channel should be opened, and <see cref="HandleChannelReopened"/> called.</summary>
    public bool WantsChannel => IsConnected && _isReopening;

    /// <summary>Takes a message in; its receipt comes at once or later.</summary>
    public void HandlePublish(in Publish publish)
    {
        ReceiptOutcome? refusal = !CanSend ? ReceiptOutcome.NotConnected
            : publish.Message.Retain ? ReceiptOutcome.NotOffered
            : AmqpMessage.AddressOf(publish.Message.Topic) is null ? ReceiptOutcome.NotValid
            : null;
        if (refusal is { } outcome)
        {
            _receipts.Enqueue((publish.Shard, new Receipt(publish.Ticket, outcome)));
        }
        else
        {
            _waiting.Enqueue(publish);
        }
    }

    /// <summary>The next message for the channel; all that were taken are reported together by <see cref="HandleWritten"/>.</summary>
    public bool TryTakePublish(Instant now, out ApplicationMessage message)
    {
        message = null!;
        if (!CanSend || _isReopening || !_publishes.HasRoom(now) || !_waiting.TryDequeue(out var publish))
        {
            return false;
        }

        _publishes.Add(now, publish);
        message = publish.Message;
        return true;
    }

    /// <summary>What was taken was given to TLS.</summary>
    public void HandleWritten(Instant now)
    {
        _publishes.HandleWritten();
        FollowEnds(now);
    }

    public void HandleConfirm(Instant now, ulong number, bool isMultiple, bool isNegative)
    {
        _publishes.HandleConfirm(number, isMultiple, isNegative);
        FollowEnds(now);
    }

    public void HandleReturn(string? messageId) => _publishes.HandleReturn(messageId);

    /// <summary>
    /// The broker has closed the publishing channel over a publish; the connection lives. No publish is taken until
    /// <see cref="HandleChannelReopened"/>.
    /// </summary>
    public void HandlePublishRefused(Instant now, MqttReasonCode reason)
    {
        _publishes.HandleChannelEnd(now, reason);
        _isReopening = true;
        FollowEnds(now);
    }

    public void HandleChannelReopened() => _isReopening = false;

    /// <summary>
    /// The broker has an alarm, of memory or disk, and reads no more publishes (connection.blocked): it counts as away. What was sent
    /// may yet be confirmed.
    /// </summary>
    public void HandleBlocked()
    {
        if (IsConnected)
        {
            _isBlocked = true;
            RefuseWaiting();
            _reconnection.Tell(new UpstreamStatus(UpstreamState.Away));
        }
    }

    public void HandleUnblocked()
    {
        if (_isBlocked)
        {
            _isBlocked = false;
            _reconnection.Tell(new UpstreamStatus(UpstreamState.Connected));
            _bindings.HandleConnected(); // whoever heard that the broker is away must hear of its filters again
        }
    }

    /// <summary>An owner begins or ceases to want a filter.</summary>
    public void HandleSubscription(in SubscriptionChange change) => _bindings.HandleChange(change);

    public bool TryTakeBinding(out BindingChange change) => _bindings.TryTake(out change);

    public void HandleBindingDone(Instant now, in BindingChange change, BindingOutcome outcome) => _bindings.HandleDone(now, change, outcome);

    /// <summary>A message from the gateway's queue; null when its key is that of no topic.</summary>
    public void HandleCommand(ulong tag, ApplicationMessage? message, bool isDuplicate)
    {
        if (message is not null && _bindings.TryMatch(message.Topic, out var filter, out var owners))
        {
            _deliveries.AddCommand(tag, filter, owners, message, isDuplicate);
        }
        else
        {
            _deliveries.Refuse(tag);
        }
    }

    /// <summary>An answer to a call.</summary>
    public void HandleReply(ApplicationMessage message)
    {
        foreach (var (filter, owners) in _bindings.ForReplies())
        {
            _deliveries.AddReply(filter, owners, message with { Topic = filter });
        }
    }

    /// <summary>An owner has taken a delivery over.</summary>
    public void HandleAcknowledgement(in DeliveryAcknowledgement acknowledgement) => _deliveries.HandleAcknowledgement(acknowledgement);

    public bool TryTakeSettlement(out Settlement settlement) => _deliveries.TryTakeSettlement(out settlement);

    public bool TryTakeReceipt(out int publisher, out Receipt receipt)
    {
        if (!_receipts.TryDequeue(out var next))
        {
            return _publishes.TryTakeReceipt(out publisher, out receipt);
        }

        (publisher, receipt) = next;
        return true;
    }

    public bool TryTakeDelivery(out int owner, out Delivery delivery) => _deliveries.TryTake(out owner, out delivery);

    public bool TryTakeSubscriptionStatus(out int owner, out SubscriptionStatus status) => _bindings.TryTakeStatus(out owner, out status);

    private void RefuseWaiting()
    {
        while (_waiting.TryDequeue(out var publish))
        {
            _receipts.Enqueue((publish.Shard, new Receipt(publish.Ticket, ReceiptOutcome.NotConnected)));
        }
    }
}
