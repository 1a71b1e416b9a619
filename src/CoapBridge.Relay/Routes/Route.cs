using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>One line of the table, compiled (PRODUCT.md, "Configuration"). Immutable.</summary>
public sealed class Route
{
    /// <summary>Bytes of payload that are taken unless the route says otherwise.</summary>
    public const int DefaultMaximumBody = 65_536;

    internal Route(RouteKind kind, PathTemplate path, TopicTemplate topic)
    {
        Kind = kind;
        Path = path;
        Topic = topic;
    }

    public RouteKind Kind { get; }

    /// <summary>The quality of service whatever the request says; null: CON → 1, NON → 0, or as <c>?qos=</c> asks.</summary>
    public QualityOfService? Quality { get; internal init; }

    /// <summary>Its messages go to the outbox while the broker is away (PRODUCT.md, "Keeping").</summary>
    public bool Keeps { get; internal init; }

    /// <summary>Every message is retained, so every POST needs that right too.</summary>
    public bool Retains { get; internal init; }

    /// <summary>Message Expiry Interval in seconds when the request has neither <c>?expiry=</c> nor Max-Age; null: none.</summary>
    public uint? Expiry { get; internal init; }

    /// <summary>Bytes of payload.</summary>
    public int MaximumBody { get; internal init; } = DefaultMaximumBody;

    /// <summary>The Content-Formats that are taken; null: all, and none.</summary>
    public IReadOnlySet<ushort>? ContentFormats { get; internal init; }

    /// <summary>A request is executed only when its Echo option shows that it is fresh (RFC 9175 §2.3).</summary>
    public bool DemandsEcho { get; internal init; }

    /// <summary>Commands go to the device as requests of the gateway's: the device is the server.</summary>
    public bool AsRequests { get; internal init; }

    /// <summary>What all devices' commands come by; null: each device has a subscription of its own.</summary>
    public string? SharedFilter { get; internal init; }

    internal PathTemplate Path { get; }

    internal TopicTemplate Topic { get; }
}
