namespace CoapBridge.Relay;

/// <summary>What the command desk says to a shard.</summary>
/// <param name="Shard">Which.</param>
/// <param name="Ticket">The open request that asked, or 0.</param>
/// <param name="Observer">The observer that is to be told, or 0.</param>
/// <param name="Command">Null: there is none.</param>
public readonly record struct DeskAnswer(int Shard, ulong Ticket, ulong Observer, Command? Command);
