namespace CoapBridge.Relay;

/// <summary>What the outbox's driver writes, in order; what comes out together may be written together.</summary>
public abstract record OutboxWrite
{
    private OutboxWrite()
    {
    }

    /// <summary>Store it; then say <see cref="OutboxDesk.HandleStored"/> or <see cref="OutboxDesk.HandleNotStored"/>.</summary>
    public sealed record Add(OutboxEntry Entry) : OutboxWrite;

    /// <summary>It is at the broker.</summary>
    public sealed record Remove(long Id) : OutboxWrite;

    /// <summary>The broker does not take it, now or later: set it aside with the reason.</summary>
    public sealed record Quarantine(long Id, string Reason) : OutboxWrite;

    /// <summary>Drop all with a smaller id, quarantine too; then say <see cref="OutboxDesk.HandleExpired"/>.</summary>
    public sealed record Expire(long Before) : OutboxWrite;

    /// <summary>Do what an operator wants; then say <see cref="OutboxDesk.HandleObeyed"/>.</summary>
    /// <param name="Order">What.</param>
    /// <param name="FirstId">What comes back gets ids from here on, in the order that it had.</param>
    /// <param name="OnItsWay">The ids that are not to be removed.</param>
    public sealed record Obey(OutboxOrder Order, long FirstId, IReadOnlySet<long> OnItsWay) : OutboxWrite;
}
