namespace CoapBridge.Options;

/// <summary>Section <c>Topics</c>.</summary>
/// <param name="Prefix">What stands before <c>{device}</c> in the default routes.</param>
internal sealed record TopicsOptions(string Prefix);
