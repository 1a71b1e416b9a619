namespace CoapBridge.Status;

/// <summary>Something that went wrong, lately.</summary>
/// <param name="Light">Yellow for a warning, red for an error.</param>
/// <param name="Event">The word of its log line.</param>
/// <param name="What">A sentence.</param>
/// <param name="Detail">The last time's particulars; null: none.</param>
/// <param name="Remedy">What an operator can do; null: nothing.</param>
/// <param name="First">When it was told first, of those that are remembered.</param>
/// <param name="Last">When it was told last.</param>
/// <param name="Count">How often.</param>
internal sealed record ProblemReport(
    StatusLight Light, string Event, string What, string? Detail, string? Remedy, DateTimeOffset First, DateTimeOffset Last, long Count);
