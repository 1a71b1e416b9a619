using CoapBridge.Mqtt;

namespace CoapBridge.Upstream.Amqp;

/// <summary>What goes to the broker in one go.</summary>
internal sealed record AmqpBatch(IReadOnlyList<ApplicationMessage> Messages, IReadOnlyList<Settlement> Settlements);
