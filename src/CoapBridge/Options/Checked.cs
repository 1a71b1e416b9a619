namespace CoapBridge.Options;

/// <summary>What a rule says about a text: the value it stands for, a problem.</summary>
/// <param name="Value">The value when there is no problem.</param>
/// <param name="Problem">What would be right, or null.</param>
internal readonly record struct Checked<T>(T? Value, string? Problem = null);
