using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// What the shard wants of the broker, and what the broker sends it.
public sealed partial class Shard
{
    /// <summary>A filter that the shard begins or ceases to want; its owner number is the shard's.</summary>
    public bool TryTakeSubscription(out SubscriptionChange change) => _relay.TryTakeSubscription(out change);

    /// <summary>A message of a filter that the shard wants. It is taken over when the call returns: then it is acknowledged.</summary>
    public void HandleDelivery(Instant now, in Delivery delivery)
    {
        if (!_isSaved)
        {
            _relay.HandleDelivery(now, delivery);
            SendAnswers(now);
        }
    }

    /// <summary>How a filter that the shard wants stands.</summary>
    public void HandleSubscription(Instant now, in SubscriptionStatus status)
    {
        if (!_isSaved)
        {
            _relay.HandleSubscription(now, status);
            SendAnswers(now);
        }
    }
}
