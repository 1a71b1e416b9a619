namespace CoapBridge.Relay;

/// <summary>What an <see cref="OutboxDesk"/> is told.</summary>
public sealed record OutboxSettings
{
    /// <summary>Bytes that may be stored, quarantine included; above it the device hears 5.03.</summary>
    public long MaximumBytes { get; init; } = 268_435_456;

    /// <summary>What is older is dropped, oldest first, delivered or not.</summary>
    public TimeSpan MaximumAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>A message that the broker has not acknowledged by then is stored; shorter than the device's wait for its answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Stored messages that may be on their way to the broker at once, each of another device.</summary>
    public int Window { get; init; } = 256;
}
