using CoapBridge.Gateway.Subscriptions;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// What owners want of the broker, and what it sends them.
public sealed partial class BrokerLink
{
    private readonly TopicTurns _turns = new();

    /// <summary>Messages of QoS 0 that an owner did not get because it was behind.</summary>
    public long DroppedDeliveries => _deliveries.Dropped;

    /// <summary>
    /// Before the first connection: what an earlier run had subscribed to is wanted already, so what its session kept has
    /// somewhere to go.
    /// </summary>
    public void TakeUpSession() => _engine.TakeUpSession();

    /// <summary>An owner begins or ceases to want a filter; it hears of it through <see cref="TryTakeSubscriptionStatus"/>.</summary>
    public void HandleSubscription(Instant now, in SubscriptionChange change) => _subscriptions.HandleChange(now, change);

    /// <summary>An owner has taken a delivery over.</summary>
    public void HandleAcknowledgement(Instant now, in DeliveryAcknowledgement acknowledgement) =>
        _deliveries.HandleAcknowledgement(now, acknowledgement);

    /// <summary>The next message and the owner that it goes to. Take all of them before the statuses of subscriptions.</summary>
    public bool TryTakeDelivery(out int owner, out Delivery delivery) => _deliveries.TryTake(out owner, out delivery);

    /// <summary>The next status and the owner that it goes to.</summary>
    public bool TryTakeSubscriptionStatus(out int owner, out SubscriptionStatus status) => _subscriptions.TryTakeStatus(out owner, out status);

    /// <summary>A shard asks for, or ends, its turn to change a topic's retained message.</summary>
    public void HandleTurn(in TurnRequest turn) => _turns.Handle(turn);

    /// <summary>The next turn and the shard that it goes to.</summary>
    public bool TryTakeTurn(out int shard, out TurnGrant grant) => _turns.TryTake(out shard, out grant);
}
