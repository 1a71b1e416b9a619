using CoapBridge.Commands;
using CoapBridge.Gateway;
using CoapBridge.Network;
using CoapBridge.Outbox;
using CoapBridge.Relay;
using CoapBridge.Shards;
using CoapBridge.Telemetry;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

/// <summary>
/// Carries a link's outputs to their owners, and its events to the log: to a shard by its number; by the number after the last shard's,
/// messages and statuses of filters to the command desk, receipts to the outbox.
/// </summary>
internal sealed class UpstreamMail(IUpstreamLink link, ShardGroup shards, BrokerEventLog events)
{
    // Bounded by the link, which has limits for publishes without a receipt, deliveries without an acknowledgement, and filters.
    private readonly PatientMail<ShardMail>[] _shards = [.. shards.Loops.Select(loop => new PatientMail<ShardMail>(mail => loop.TryPost(mail)))];

    /// <summary>When to call <see cref="TakeOutputs"/> again for mail that found an inbox full; null: there is none.</summary>
    public Instant? NextDeadline => Array.Find(_shards, owner => owner.IsWaiting)?.RetryDue(Clock.Now);

    public void TakeOutputs(Instant now)
    {
        Array.ForEach(_shards, owner => owner.Retry());
        while (link.TryTakeStatus(out var status))
        {
            events.StatusChanged(status);
            Post(status);
        }

        while (link.TryTakeReceipt(out var publisher, out var receipt))
        {
            events.Received(receipt);
            Post(publisher, receipt);
        }

        while (link.TryTakeDelivery(out var owner, out var delivery))
        {
            Post(owner, delivery);
        }

        while (link.TryTakeSubscriptionStatus(out var owner, out var subscription))
        {
            Post(owner, subscription);
        }

        while (link.TryTakeEvent(out var what))
        {
            events.Write(now, what);
        }
    }

    public void Post(int shard, in TurnGrant grant) => _shards[shard].Post(ShardMail.Of(grant));

    private void Post(UpstreamStatus status)
    {
        Array.ForEach(_shards, owner => owner.Post(ShardMail.Of(status)));
        shards.Outbox.TryPost(OutboxMail.Of(status));
    }

    private void Post(int owner, in Receipt receipt)
    {
        if (owner < _shards.Length)
        {
            _shards[owner].Post(ShardMail.Of(receipt));
        }
        else
        {
            shards.Outbox.TryPost(OutboxMail.Of(receipt));
        }
    }

    private void Post(int owner, in Delivery delivery)
    {
        if (owner < _shards.Length)
        {
            _shards[owner].Post(ShardMail.Of(delivery));
        }
        else
        {
            shards.Commands.TryPost(DeskMail.Of(delivery));
        }
    }

    private void Post(int owner, in SubscriptionStatus subscription)
    {
        if (owner < _shards.Length)
        {
            _shards[owner].Post(ShardMail.Of(subscription));
        }
        else
        {
            shards.Commands.TryPost(DeskMail.Of(subscription));
        }
    }
}
