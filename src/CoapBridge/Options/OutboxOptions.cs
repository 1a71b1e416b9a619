namespace CoapBridge.Options;

/// <summary>Section <c>Outbox</c>.</summary>
/// <param name="File">The database of what must outlive a restart; absolute.</param>
/// <param name="MaxBytes">Above it events are answered 5.03 while the broker is away.</param>
/// <param name="MaxAge">What is older is dropped.</param>
internal sealed record OutboxOptions(string File, int MaxBytes, TimeSpan MaxAge);
