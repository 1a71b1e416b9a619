namespace CoapBridge.Relay;

/// <summary>One thing that is wrong with a list of routes.</summary>
/// <param name="Index">Which route, from 0.</param>
/// <param name="Key">Which of its keys.</param>
/// <param name="Problem">What would be right.</param>
/// <param name="Value">What was written.</param>
public sealed record RouteError(int Index, string Key, string Problem, string Value);
