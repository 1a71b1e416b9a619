using CoapBridge.Dtls;

namespace CoapBridge.Gateway;

/// <summary>What a shard is told by the configuration. Immutable.</summary>
public sealed record ShardSettings
{
    /// <summary>What <see cref="MaximumWork"/> is unless told otherwise.</summary>
    public const int DefaultMaximumWork = 512;

    /// <summary>The number of this shard, from 0.</summary>
    public required int Shard { get; init; }

    /// <summary>How many shards there are; a Connection ID's first byte tells whose it is (DESIGN D-16).</summary>
    public int Shards { get; init; } = 1;

    /// <summary>Bytes of our Connection IDs: 0 (off) or 4 to 20.</summary>
    public int ConnectionIdLength { get; init; }

    /// <summary>What is in force until a reload.</summary>
    public required Generation Generation { get; init; }

    /// <summary>The cookies; the same for all shards.</summary>
    public required HelloVerifier HelloVerifier { get; init; }

    /// <summary>
    /// Established connections of this shard. A newcomer above it is let in, and at its Finished the longest idle one closes; if
    /// that was heard of within <see cref="Shard.Protection"/>, the newcomer closes, and further ones are dropped until then.
    /// </summary>
    public int MaximumConnections { get; init; } = 100_000;

    /// <summary>Handshakes of this shard under way; above it the oldest makes room.</summary>
    public int MaximumHandshakes { get; init; } = 2_048;

    /// <summary>Of these, handshakes with one host (an IPv4 address or an IPv6 /64); further hellos of it are dropped. A NAT is one host.</summary>
    public int MaximumHandshakesPerHost { get; init; } = 256;

    /// <summary>Work items of this shard that were taken and have no result yet; above it hellos are dropped (DESIGN D-17).</summary>
    public int MaximumWork { get; init; } = DefaultMaximumWork;
}
