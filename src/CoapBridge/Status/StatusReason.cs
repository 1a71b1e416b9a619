namespace CoapBridge.Status;

/// <summary>Why the light is not green.</summary>
/// <param name="Light">How bad.</param>
/// <param name="What">A sentence.</param>
/// <param name="Remedy">What an operator can do; null: nothing.</param>
internal sealed record StatusReason(StatusLight Light, string What, string? Remedy);
