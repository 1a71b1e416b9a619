using System.Diagnostics.CodeAnalysis;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Gateway;

// What the shard wants of the broker and of the command desk, and what they send it.
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

    /// <summary>The turns to change topics that the shard asks for and ends, in order.</summary>
    public bool TryTakeTurn(out TurnRequest turn) => _relay.TryTakeTurn(out turn);

    /// <summary>It is the shard's turn to change a topic.</summary>
    public void HandleTurn(Instant now, in TurnGrant grant)
    {
        if (!_isSaved)
        {
            _relay.HandleTurn(now, grant);
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

    /// <summary>What its relay counted since the start.</summary>
    public RelayCounters RelayCounters => _relay.Counters;

    /// <summary>Topics whose state is kept.</summary>
    public int TopicCount => _relay.TopicCount;

    /// <summary>What the shard tells and asks the command desk, in order.</summary>
    public bool TryTakeDeskMessage([MaybeNullWhen(false)] out DeskMessage message) => _relay.TryTakeDeskMessage(out message);

    /// <summary>What the command desk says to this shard.</summary>
    public void HandleDeskAnswer(Instant now, in DeskAnswer answer)
    {
        if (!_isSaved)
        {
            _relay.HandleDeskAnswer(now, answer);
            SendAnswers(now);
        }
    }
}
