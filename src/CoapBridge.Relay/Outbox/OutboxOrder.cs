namespace CoapBridge.Relay;

/// <summary>What to do with stored messages.</summary>
public enum OutboxAction
{
    /// <summary>What the broker did not take is sent once more, behind the device's other messages.</summary>
    Retry,

    /// <summary>What the broker did not take is removed.</summary>
    PurgeQuarantine,

    /// <summary>What waits for the broker is removed, but for what is on its way at this moment.</summary>
    PurgeWaiting,
}

/// <summary>An operator's order about stored messages; what is left out does not narrow it.</summary>
/// <param name="Action">What to do.</param>
public sealed record OutboxOrder(OutboxAction Action)
{
    /// <summary>Only this device's.</summary>
    public string? Device { get; init; }

    /// <summary>Only these, by their <c>message_id</c>; empty: all.</summary>
    public IReadOnlyList<string> MessageIds { get; init => field = value ?? []; } = [];

    /// <summary>Only what was stored before.</summary>
    public DateTimeOffset? Before { get; init; }
}
