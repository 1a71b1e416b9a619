namespace CoapBridge.Tools.Load;

/// <summary>What a run does.</summary>
internal sealed record LoadPlan
{
    public required LoadMode Mode { get; init; }

    /// <summary>From the start; null: until it is stopped.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The first device connects at its beginning, the last at its end.</summary>
    public TimeSpan Ramp { get; init; }

    /// <summary>Handshakes under way at once, over all.</summary>
    public int AtATime { get; init; } = 50;

    /// <summary>Messages, or handshakes, a second over all devices; null: each as fast as it can.</summary>
    public double? Rate { get; init; }

    /// <summary>Requests of one device under way at once.</summary>
    public int Window { get; init; } = 1;

    public bool ConnectionIds { get; init; } = true;

    public bool Confirmable { get; init; } = true;

    /// <summary>Bytes of each message's payload.</summary>
    public int PayloadSize { get; init; } = 100;

    public int Threads { get; init; } = 1;
}
