namespace CoapBridge.Relay;

/// <summary>What became of a <see cref="KeptMessage"/>, for its shard.</summary>
/// <param name="Shard">Where it goes.</param>
/// <param name="Receipt">The receipt.</param>
public readonly record struct OutboxReceipt(int Shard, Receipt Receipt);
