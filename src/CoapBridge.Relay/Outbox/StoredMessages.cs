namespace CoapBridge.Relay;

/// <summary>How much is stored, or was dropped.</summary>
/// <param name="Device">Whose; null: what is in quarantine.</param>
/// <param name="Count">Messages.</param>
/// <param name="Bytes">What they count for.</param>
/// <param name="Last">The largest id.</param>
public readonly record struct StoredMessages(string? Device, long Count, long Bytes, long Last)
{
    /// <summary>The smallest id; 0 where nobody asks.</summary>
    public long First { get; init; }
}
