using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>What the endpoints of one owner have in common: the rules, and the room that they share.</summary>
/// <param name="criticalOptions">The critical options that the owner understands, in requests and in responses.</param>
/// <param name="parameters">The times of RFC 7252 §4.8.</param>
/// <param name="entropy">For tokens, the first Message ID and the spread of retransmissions.</param>
public sealed class EndpointGroup(CriticalOptions criticalOptions, TransmissionParameters parameters, IEntropy entropy)
{
    /// <summary>Observations that one peer may have.</summary>
    public int MaximumObservationsPerEndpoint { get; init; } = MostObservationsPerEndpoint;

    /// <summary>What <see cref="MaximumObservationsPerEndpoint"/> is unless told otherwise, and may be at most.</summary>
    public const int MostObservationsPerEndpoint = 64;

    /// <summary>Observations of all peers; above it nobody becomes an observer (RFC 7641 §4.1).</summary>
    public int MaximumObservations { get; init; } = 100_000;

    /// <summary>How much of bodies that go by blocks may be held.</summary>
    public BodyLimits BodyLimits
    {
        init => Bodies = new BodyStore(value);
    }

    /// <summary>When <see cref="HandleTimeout"/> is due.</summary>
    public Instant? NextDeadline => Bodies.NextDeadline;

    /// <summary>Observations that there are.</summary>
    public int ObservationCount { get; internal set; }

    internal CriticalOptions CriticalOptions { get; } = criticalOptions;

    internal TransmissionParameters Parameters { get; } = parameters;

    internal IEntropy Entropy { get; } = entropy;

    internal BodyStore Bodies { get; private init; } = new(new BodyLimits());

    /// <summary>Lets go of bodies whose transfer stands still. Calling it early or twice does nothing.</summary>
    public void HandleTimeout(Instant now) => Bodies.HandleTimeout(now);
}
