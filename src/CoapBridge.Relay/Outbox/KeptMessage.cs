using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>A message of a Keep route on its way from a shard to the outbox.</summary>
/// <param name="Shard">Where the <see cref="Receipt"/> goes.</param>
/// <param name="Ticket">Names the request within its shard; never used twice.</param>
/// <param name="Device">Whose messages it keeps its place among.</param>
/// <param name="Message">The message, of QoS 1; owned by nobody but the receiver.</param>
public readonly record struct KeptMessage(int Shard, ulong Ticket, string Device, ApplicationMessage Message);
