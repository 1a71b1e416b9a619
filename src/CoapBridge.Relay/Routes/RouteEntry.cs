using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>A route as the configuration writes it; <see cref="RouteTable.TryCompile"/> judges it.</summary>
/// <param name="Path">Segments: text, <c>{name}</c>, or <c>{*name}</c> as the last for all that follow.</param>
/// <param name="Kind">What its requests mean.</param>
/// <param name="Topic">Levels: text with at most one of <c>{prefix}</c>, <c>{device}</c> and the names of the path in each.</param>
public sealed record RouteEntry(string Path, RouteKind Kind, string Topic)
{
    /// <inheritdoc cref="Route.Quality"/>
    public QualityOfService? Quality { get; init; }

    /// <inheritdoc cref="Route.Retains"/>
    public bool Retains { get; init; }

    /// <inheritdoc cref="Route.Keeps"/>
    public bool Keeps { get; init; }

    /// <inheritdoc cref="Route.Expiry"/>
    public uint? Expiry { get; init; }

    /// <inheritdoc cref="Route.MaximumBody"/>
    public int MaximumBody { get; init; } = Route.DefaultMaximumBody;

    /// <summary>The Content-Formats that are taken; empty: all.</summary>
    public IReadOnlyList<ushort> ContentFormats { get; init; } = [];

    /// <inheritdoc cref="Route.DemandsEcho"/>
    public bool DemandsEcho { get; init; }

    /// <inheritdoc cref="Route.AsRequests"/>
    public bool AsRequests { get; init; }

    /// <summary>Commands of all devices come by this one subscription, and Topic says whom each is for; null: by one for each device.</summary>
    public string? Filter { get; init; }

    /// <summary>Where the replies to commands go that come by <see cref="Filter"/>; null: where each says.</summary>
    public string? Reply { get; init; }
}
