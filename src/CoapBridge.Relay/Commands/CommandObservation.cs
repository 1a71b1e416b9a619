using CoapBridge.Coap;

namespace CoapBridge.Relay;

/// <summary>A connection that is told each command, one after the other.</summary>
/// <param name="client">Which.</param>
/// <param name="token">Of its registration.</param>
/// <param name="number">Its name at the command desk.</param>
internal sealed class CommandObservation(RelayClient client, Token token, ulong number) : Observation(client, token)
{
    public ulong Number => number;

    /// <summary>The command that it was told and has not acknowledged; null: none.</summary>
    public string? Told { get; set; }
}
