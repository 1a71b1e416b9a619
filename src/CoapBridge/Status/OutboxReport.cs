namespace CoapBridge.Status;

/// <summary>What waits on disk for the broker.</summary>
/// <param name="Messages">Messages that wait.</param>
/// <param name="Bytes">What they and the quarantine count for.</param>
/// <param name="MaxBytes"><c>Outbox:MaxBytes</c>.</param>
/// <param name="OldestSeconds">How long the oldest has waited; null when none waits.</param>
/// <param name="Quarantined">Messages that the broker did not take.</param>
/// <param name="Full">Events are answered 5.03 because there is no room; so it is from 99 % on.</param>
internal sealed record OutboxReport(long Messages, long Bytes, long MaxBytes, long? OldestSeconds, long Quarantined, bool Full);
