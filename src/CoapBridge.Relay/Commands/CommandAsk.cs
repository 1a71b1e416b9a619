namespace CoapBridge.Relay;

/// <summary>A GET of the oldest command.</summary>
/// <param name="Accept">The only format that is taken; null: any.</param>
internal sealed record CommandAsk(uint? Accept);
