namespace CoapBridge.Outbox;

/// <summary>What became of an operator's order.</summary>
/// <param name="Messages">How many came back or were removed.</param>
/// <param name="Bytes">What they count for.</param>
/// <param name="Problem">Why nothing was done; null when it was.</param>
internal sealed record OutboxAnswer(long Messages, long Bytes, string? Problem);
