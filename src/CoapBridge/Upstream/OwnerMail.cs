using CoapBridge.Shards;

namespace CoapBridge.Upstream;

/// <summary>
/// The broker driver's mail for one owner. What finds its inbox full waits here, in order: the link bounds it, since it has
/// limits for publishes without a receipt, deliveries without an acknowledgement, and filters.
/// </summary>
internal sealed class OwnerMail(ShardLoop owner)
{
    private readonly Queue<ShardMail> _waiting = new();

    /// <summary>Call <see cref="Retry"/> soon.</summary>
    public bool IsWaiting => _waiting.Count > 0;

    public void Post(in ShardMail mail)
    {
        if (IsWaiting || !owner.TryPost(mail))
        {
            _waiting.Enqueue(mail);
        }
    }

    public void Retry()
    {
        while (_waiting.TryPeek(out var mail) && owner.TryPost(mail))
        {
            _waiting.Dequeue();
        }
    }
}
