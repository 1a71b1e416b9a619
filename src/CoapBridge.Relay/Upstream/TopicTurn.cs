namespace CoapBridge.Relay;

/// <summary>
/// A shard wants to change the retained message of a topic, or has: changes of a topic go to the broker one after the other,
/// from whichever shard. The broker link answers with <see cref="TurnGrant"/>; every turn that was granted is ended once.
/// </summary>
/// <param name="Shard">Whose turn.</param>
/// <param name="Topic">Of what.</param>
/// <param name="IsOver">The turn is over; else it is asked for.</param>
/// <param name="Written">The <c>message_id</c> of the change that the broker has acknowledged; null when there is none.</param>
public readonly record struct TurnRequest(int Shard, string Topic, bool IsOver = false, string? Written = null);

/// <summary>It is the shard's turn.</summary>
/// <param name="Topic">Of what.</param>
/// <param name="Written">The last change that a shard made lately: what is compared must be the state after it. Null: none is known.</param>
public readonly record struct TurnGrant(string Topic, string? Written);
