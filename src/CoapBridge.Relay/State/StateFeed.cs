using CoapBridge.Coap;
using CoapBridge.Mqtt;
using CoapBridge.Wire;

namespace CoapBridge.Relay;

/// <summary>What the broker says of topics becomes their values, and what it cannot say for a while is not known.</summary>
internal sealed class StateFeed(RelayContext context, StateCache cache, StateRequests requests, StateObservers observers, StateChanges changes)
{
    /// <summary>
    /// A message of a topic. One that is not retained is told to observers, but leaves no value; with MQTT 3.1.1 nobody can
    /// tell, and each is the value.
    /// </summary>
    public void HandleDelivery(Instant now, in Delivery delivery)
    {
        if (cache.Find(delivery.Filter) is not { } state)
        {
            return;
        }

        var message = delivery.Message;
        if (context.Settings.HasMqtt5 && !delivery.IsRetained)
        {
            observers.Tell(now, state, new StateValue(now, message), message.QualityOfService);
            return;
        }

        var id = MessageId(message);
        if (state.Writing is { } change && IsSame(change.Message!, message))
        {
            change.IsDelivered = true;
        }

        observers.SetValue(now, state, message.Payload.IsEmpty ? null : new StateValue(now, message), message.QualityOfService);
        if (!state.IsKnown)
        {
            requests.HandleKnown(now, state);
        }

        if (id is not null)
        {
            changes.HandleOwn(now, state, id);
        }
    }

    public void HandleStatus(Instant now, in SubscriptionStatus status)
    {
        if (cache.Find(status.Filter) is not { } state)
        {
            return;
        }

        switch (status.State)
        {
            case SubscriptionState.Settled when !state.IsKnown:
                // MQTT has no word for "nothing is retained": it is what was not said by now.
                observers.SetValue(now, state, null, QualityOfService.AtLeastOnce);
                requests.HandleKnown(now, state);
                break;
            case SubscriptionState.Refused:
                requests.HandleRefused(now, state, new Answer(CoapCode.BadGateway, $"broker-refused: 0x{(byte)status.Reason:x2}"));
                break;
        }
    }

    /// <summary>The connection to the broker is lost: what topics hold is not known until it says so again.</summary>
    public void HandleUpstream(in UpstreamStatus status)
    {
        if (status.State != UpstreamState.Connected)
        {
            foreach (var state in cache.Topics)
            {
                state.IsKnown = false;
                state.Refusal = null;
            }
        }
    }

    /// <summary>By the id that goes with each message; without properties only the payload can tell.</summary>
    private bool IsSame(ApplicationMessage sent, ApplicationMessage delivered) => context.Settings.HasMqtt5
        ? MessageId(sent) is { } id && id == MessageId(delivered)
        : sent.Payload.Span.SequenceEqual(delivered.Payload.Span);

    /// <summary>By which a message of ours is known again; null: it is nobody's.</summary>
    public static string? MessageId(ApplicationMessage message)
    {
        foreach (var property in message.UserProperties)
        {
            if (property.Name == RequestToPublish.MessageIdProperty)
            {
                return property.Value;
            }
        }

        return null;
    }
}
