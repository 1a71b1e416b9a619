namespace CoapBridge.Identity;

/// <summary>A refused certificate, as a value: the reason for counters and alerts, a sentence for people.</summary>
internal sealed record Refusal(RefusalReason Reason, string Detail);
