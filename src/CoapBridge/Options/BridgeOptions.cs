using CoapBridge.Relay;

namespace CoapBridge.Options;

/// <summary>The whole configuration, checked and immutable; paths are absolute.</summary>
internal sealed record BridgeOptions
{
    /// <summary>The configuration file, absolute.</summary>
    public required string File { get; init; }

    public required IdentityOptions Identity { get; init; }

    public required ListenOptions Listen { get; init; }

    public required DevicesOptions Devices { get; init; }

    public required UpstreamOptions Upstream { get; init; }

    public required TopicsOptions Topics { get; init; }

    /// <summary>The configured routes, or the default ones.</summary>
    public required RouteTable Routes { get; init; }

    public required CommandsOptions Commands { get; init; }

    public required OutboxOptions Outbox { get; init; }

    public required StateOptions State { get; init; }

    public required AdminOptions Admin { get; init; }

    public required OtlpOptions Otlp { get; init; }
}
