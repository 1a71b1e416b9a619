using CoapBridge.Relay;

namespace CoapBridge.Storage;

/// <summary>What became of a batch of writes beside what was asked for.</summary>
/// <param name="Expired">What was dropped by age.</param>
/// <param name="Obeyed">Each order, with what came back or was removed.</param>
internal sealed record OutboxOutcome(List<StoredMessages> Expired, List<(OutboxWrite.Obey Write, List<StoredMessages> Messages)> Obeyed);
