namespace CoapBridge.Relay;

/// <summary>For whom a command is.</summary>
/// <param name="Device">Never empty.</param>
/// <param name="Name">Empty when there is none.</param>
/// <param name="ReplyTopic">May hold <see cref="CommandSource.StatusPlace"/>; null: nobody waits for a reply.</param>
public readonly record struct CommandAddress(string Device, string Name, string? ReplyTopic);
