using CoapBridge.Network;
using CoapBridge.Relay;

namespace CoapBridge.Upstream;

/// <summary>What owners (shards, the command desk) leave for the broker link: exactly one of three.</summary>
internal sealed class UpstreamInbox(Action wake)
{
    private const int PublishCapacity = 16_384;

    private readonly Inbox<Publish> _publishes = new(PublishCapacity, wake);

    // Bounded where they come from: by the filters that owners may want, and by the deliveries that are open.
    private readonly Inbox<SubscriptionChange> _subscriptions = new(int.MaxValue, wake);
    private readonly Inbox<TurnRequest> _turns = new(int.MaxValue, wake);
    private readonly Inbox<DeliveryAcknowledgement> _acknowledgements = new(int.MaxValue, wake);

    /// <summary>False when too many wait; nothing was kept.</summary>
    public bool TryPublish(in Publish publish) => _publishes.TryPost(publish);

    public void Subscribe(in SubscriptionChange change) => _subscriptions.TryPost(change);

    public void Acknowledge(in DeliveryAcknowledgement acknowledgement) => _acknowledgements.TryPost(acknowledgement);

    public void Turn(in TurnRequest turn) => _turns.TryPost(turn);

    public bool TryTake(out TurnRequest turn) => _turns.TryTake(out turn);

    public bool TryTake(out Publish publish) => _publishes.TryTake(out publish);

    public bool TryTake(out SubscriptionChange change) => _subscriptions.TryTake(out change);

    public bool TryTake(out DeliveryAcknowledgement acknowledgement) => _acknowledgements.TryTake(out acknowledgement);
}
