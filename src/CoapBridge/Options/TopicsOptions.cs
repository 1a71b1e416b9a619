using CoapBridge.Relay;

namespace CoapBridge.Options;

/// <summary>Section <c>Topics</c>.</summary>
/// <param name="Prefix">What stands before <c>{device}</c> in the default routes.</param>
/// <param name="Gateway">The levels above the gateway's own topics (status, check, answers to calls); null: it has none.</param>
/// <param name="Limits">What the broker's topics may be at most.</param>
internal sealed record TopicsOptions(string Prefix, string? Gateway, TopicLimits Limits);
