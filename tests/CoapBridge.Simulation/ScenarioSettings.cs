using CoapBridge.Dtls;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Relay;

namespace CoapBridge.Simulation;

/// <summary>What a scenario's gateway is told.</summary>
public sealed record ScenarioSettings
{
    public int Shards { get; init; } = 1;

    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public int MaximumHandshakes { get; init; } = 2_048;

    public int MaximumConnections { get; init; } = 100_000;

    public int MaximumWork { get; init; } = 512;

    /// <summary>UDP payload bytes that the gateway sends at most.</summary>
    public int MaximumDatagram { get; init; } = 1232;

    /// <summary>What requests there are.</summary>
    public RouteTable Routes { get; init; } = RouteTable.Default;

    /// <summary>Bytes of the gateway's Connection IDs; 0 is off.</summary>
    public int ConnectionIdLength { get; init; } = 8;

    /// <summary>How long the pool takes for a work item; zero: the result is there at once.</summary>
    public TimeSpan WorkTime { get; init; }

    /// <summary>The limits of the outbox.</summary>
    public OutboxSettings Outbox { get; init; } = new();

    /// <summary>How many sessions are kept.</summary>
    public SessionStoreSettings Sessions { get; init; } = new();

    /// <summary>The owner of the sessions has no room for questions.</summary>
    public bool SessionsAreBusy { get; init; }

    /// <summary>Judges devices.</summary>
    public IPeerVerifier DeviceVerifier { get; init; } = SimulatedPki.DeviceVerifier;
}
