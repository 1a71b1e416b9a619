using CoapBridge.Relay;

namespace CoapBridge.Options;

/// <summary>What the way to the cloud's broker is told whichever protocol it speaks.</summary>
internal abstract record UpstreamOptions
{
    /// <summary>The section's name, for messages: <c>Upstream:Mqtt</c> or <c>Upstream:Amqp</c>.</summary>
    public abstract string Section { get; }

    /// <summary>DNS name or IP address: also the reference identity that the broker's certificate is checked against.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Further brokers, in order of preference, for when the one at <see cref="Host"/> is not there.</summary>
    public required IReadOnlyList<BrokerAddress> Endpoints { get; init; }

    /// <summary>How often a broker that is preferred to the present one is looked for.</summary>
    public required TimeSpan FailBack { get; init; }

    /// <summary>PEM file with the anchors for the broker, or null for <c>Identity:CloudCa</c>.</summary>
    public required string? ServerCa { get; init; }

    /// <summary>
    /// A name in the broker's certificate may have a wildcard as its whole first label (RFC 9525 §6.3), as those of most clouds have.
    /// </summary>
    public bool AllowWildcard { get; init; }

    /// <summary>MQTT's User Name, with <c>{Host}</c> and <c>{ClientId}</c> for the broker's and ours; null: none.</summary>
    public string? UserName { get; init; }

    /// <summary>The protocol to ask for in TLS (RFC 7301), like <c>x-amzn-mqtt-ca</c>; null: none.</summary>
    public string? Alpn { get; init; }

    /// <summary>An HTTP proxy on the way; null: none.</summary>
    public required ProxyOptions? Proxy { get; init; }

    /// <summary>The gateway's name towards the cloud: MQTT's Client Identifier, and the <c>gateway</c> of each message.</summary>
    public required string ClientId { get; init; }

    /// <summary>How long a request waits for the broker's acknowledgement before the device gets 5.04.</summary>
    public required TimeSpan AckTimeout { get; init; }

    /// <summary>Why this broker cannot serve routes of a kind, and what to do; null: it can.</summary>
    public abstract string? ProblemOf(RouteKind kind);
}
