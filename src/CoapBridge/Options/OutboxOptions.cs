namespace CoapBridge.Options;

/// <summary>Section <c>Outbox</c>.</summary>
/// <param name="File">The database of what must outlive a restart; absolute.</param>
internal sealed record OutboxOptions(string File);
