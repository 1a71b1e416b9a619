using System.Diagnostics.CodeAnalysis;
using CoapBridge.Identity;

namespace CoapBridge.Relay;

/// <summary>What a relay is told by the configuration. Immutable; a reload makes another.</summary>
public sealed record RelaySettings
{
    /// <summary>The gateway's MQTT Client Identifier, told with each message.</summary>
    public required string Gateway { get; init; }

    /// <summary>The levels above the gateway's own topics: where answers to calls come.</summary>
    [AllowNull]
    public string GatewayTopic { get => field ?? $"gateways/{Gateway}"; init; }

    public RouteTable Routes { get; init; } = RouteTable.Default;

    /// <summary>
    /// False with MQTT 3.1.1: a message does not say where its reply goes, nor, when it is live, whether it is retained.
    /// </summary>
    public bool HasMqtt5 { get; init; } = true;

    /// <summary>Who may publish what.</summary>
    public required AccessPolicy Policy { get; init; }

    /// <summary>How long the broker may take to acknowledge before the device hears 5.04.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
