namespace CoapBridge.Gateway.Sessions;

/// <summary>How much is kept, and for how long. Immutable.</summary>
public sealed record SessionStoreSettings
{
    /// <summary>Sessions in all.</summary>
    public int Capacity { get; init; } = 100_000;

    /// <summary>Sessions of one device, so that none can drive out the others'.</summary>
    public int CapacityPerDevice { get; init; } = 4;

    /// <summary>Live connections of one device; above it the one that has been silent for longest is closed (DESIGN D-19).</summary>
    public int ConnectionsPerDevice { get; init; } = 4;

    /// <summary>Bytes of certificates in all.</summary>
    public long ChainCapacity { get; init; } = 64 << 20;

    /// <summary>From the full handshake on, at most 24 h (RFC 5246 §F.1.4).</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(24);
}
