using CoapBridge.Mqtt;

namespace CoapBridge.Relay;

/// <summary>A POST to <c>/cr/{id}</c>, until the desk says where the reply goes and the broker has it.</summary>
/// <param name="Id">The command.</param>
/// <param name="Status">What the device says of it; empty: nothing.</param>
/// <param name="Draft">The reply, without a topic.</param>
internal sealed record CommandReply(string Id, string Status, ApplicationMessage Draft);
