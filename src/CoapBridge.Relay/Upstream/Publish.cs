using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>A message on its way from a shard to the broker link.</summary>
/// <param name="Shard">Where the <see cref="Receipt"/> goes.</param>
/// <param name="Ticket">Names the request within its shard; never used twice.</param>
/// <param name="Message">The message; owned by nobody but the receiver.</param>
public readonly record struct Publish(int Shard, ulong Ticket, ApplicationMessage Message);
