using CoapBridge.Commands;
using CoapBridge.Outbox;
using CoapBridge.Relay;
using CoapBridge.Shards;

namespace CoapBridge.Upstream;

/// <summary>
/// Carries what comes from the broker to its owners: to a shard by its number; by the number after the last shard's, messages and
/// statuses of filters to the command desk, receipts to the outbox.
/// </summary>
internal sealed class UpstreamMail(ShardGroup shards)
{
    /// <summary>When mail is tried again that found an inbox full.</summary>
    private static readonly TimeSpan _retry = TimeSpan.FromMilliseconds(10);

    private readonly OwnerMail[] _shards = [.. shards.Loops.Select(loop => new OwnerMail(loop))];

    /// <summary>The time until the next turn: not long while somebody's mail waits.</summary>
    public TimeSpan Shorten(TimeSpan wait) =>
        Array.Exists(_shards, owner => owner.IsWaiting) && (wait == Timeout.InfiniteTimeSpan || wait > _retry) ? _retry : wait;

    /// <summary>Tries again what found an inbox full.</summary>
    public void Retry() => Array.ForEach(_shards, owner => owner.Retry());

    public void Post(UpstreamStatus status)
    {
        Array.ForEach(_shards, owner => owner.Post(ShardMail.Of(status)));
        shards.Outbox.TryPost(OutboxMail.Of(status));
    }

    public void Post(int owner, in Receipt receipt)
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

    public void Post(int owner, in Delivery delivery)
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

    public void Post(int owner, in SubscriptionStatus subscription)
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

    public void Post(int shard, in TurnGrant grant) => _shards[shard].Post(ShardMail.Of(grant));
}
