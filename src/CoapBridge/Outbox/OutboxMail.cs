using CoapBridge.Relay;

namespace CoapBridge.Outbox;

/// <summary>What other threads send to the outbox: exactly one of these, or the word that the process ends.</summary>
internal readonly record struct OutboxMail(KeptMessage? Kept, Receipt? Receipt, UpstreamStatus? Status, OutboxRequest? Request = null)
{
    /// <summary>The process ends: what is in memory goes to disk.</summary>
    public static OutboxMail Drain { get; }

    public static OutboxMail Of(KeptMessage kept) => new(kept, null, null);

    public static OutboxMail Of(Receipt receipt) => new(null, receipt, null);

    public static OutboxMail Of(UpstreamStatus status) => new(null, null, status);

    public static OutboxMail Of(OutboxRequest request) => new(null, null, null, request);
}
