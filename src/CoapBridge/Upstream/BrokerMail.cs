using CoapBridge.Commands;
using CoapBridge.Gateway;
using CoapBridge.Outbox;
using CoapBridge.Shards;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

/// <summary>Carries the broker link's outputs to their owners, and its events to the log.</summary>
internal sealed class BrokerMail(BrokerLink link, ShardGroup shards, BrokerEventLog events)
{
    /// <summary>When mail is tried again that found an inbox full.</summary>
    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(10);

    private readonly OwnerMail[] _owners = [.. shards.Loops.Select(loop => new OwnerMail(loop))];

    /// <summary>The time until the next turn: not long while somebody's mail waits.</summary>
    public TimeSpan Shorten(TimeSpan wait) =>
        Array.Exists(_owners, owner => owner.IsWaiting) && (wait == Timeout.InfiniteTimeSpan || wait > _retry) ? _retry : wait;

    public void TakeOutputs(Instant now)
    {
        foreach (var owner in _owners)
        {
            owner.Retry();
        }

        while (link.TryTakeStatus(out var status))
        {
            events.StatusChanged(status);
            Array.ForEach(_owners, owner => owner.Post(ShardMail.Of(status)));
            shards.Outbox.TryPost(OutboxMail.Of(status));
        }

        while (link.TryTakeReceipt(out var shard, out var receipt))
        {
            events.Received(receipt);
            if (shard < _owners.Length)
            {
                _owners[shard].Post(ShardMail.Of(receipt));
            }
            else
            {
                shards.Outbox.TryPost(OutboxMail.Of(receipt));
            }
        }

        while (link.TryTakeDelivery(out var number, out var delivery))
        {
            if (number < _owners.Length)
            {
                _owners[number].Post(ShardMail.Of(delivery));
            }
            else
            {
                shards.Commands.TryPost(DeskMail.Of(delivery));
            }
        }

        while (link.TryTakeSubscriptionStatus(out var number, out var subscription))
        {
            if (number < _owners.Length)
            {
                _owners[number].Post(ShardMail.Of(subscription));
            }
            else
            {
                shards.Commands.TryPost(DeskMail.Of(subscription));
            }
        }

        while (link.TryTakeTurn(out var number, out var grant))
        {
            _owners[number].Post(ShardMail.Of(grant));
        }

        while (link.TryTakeEvent(out var what))
        {
            events.Write(now, what);
        }
    }
}
