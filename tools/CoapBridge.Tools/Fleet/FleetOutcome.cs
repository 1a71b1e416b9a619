using CoapBridge.Coap;

namespace CoapBridge.Tools.Fleet;

/// <summary>What became of a request of a <see cref="FleetDevice"/>.</summary>
/// <param name="Request">Which one.</param>
/// <param name="Code">The response's; empty when there was none: an RST, or nothing after all retransmissions.</param>
/// <param name="Elapsed">From the first transmission.</param>
/// <param name="Retransmissions">How often it was sent again.</param>
internal readonly record struct FleetOutcome(FleetRequest Request, CoapCode Code, TimeSpan Elapsed, int Retransmissions)
{
    /// <summary>An RST came; otherwise, with an empty code, nothing came.</summary>
    public bool IsReset { get; init; }
}
