using CoapBridge.Mqtt;

namespace CoapBridge.Options;

/// <summary>Section <c>Upstream:Mqtt</c>: the cloud's broker.</summary>
internal sealed record MqttOptions
{
    /// <summary>DNS name or IP address: also the reference identity that the broker's certificate is checked against.</summary>
    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Further brokers, in order of preference, for when the one at <see cref="Host"/> is not there.</summary>
    public required IReadOnlyList<BrokerAddress> Endpoints { get; init; }

    /// <summary>How often a broker that is preferred to the present one is looked for.</summary>
    public required TimeSpan FailBack { get; init; }

    /// <summary>PEM file with the anchors for the broker, or null for <c>Identity:CloudCa</c>.</summary>
    public required string? ServerCa { get; init; }

    public required MqttVersion Version { get; init; }

    /// <summary>The protocol to ask for in TLS (RFC 7301), like <c>x-amzn-mqtt-ca</c>; null: none.</summary>
    public required string? Alpn { get; init; }

    /// <summary>An HTTP proxy on the way; null: none.</summary>
    public required ProxyOptions? Proxy { get; init; }

    public required string ClientId { get; init; }

    /// <summary>Whole seconds, at most 65535 (MQTT 5 §3.1.2.10).</summary>
    public required TimeSpan KeepAlive { get; init; }

    /// <summary>How long a request waits for the broker's PUBACK before the device gets 5.04.</summary>
    public required TimeSpan AckTimeout { get; init; }
}
