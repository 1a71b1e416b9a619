using CoapBridge.Telemetry;

namespace CoapBridge.Options;

/// <summary>
/// One thing that is wrong with the configuration: the key, what would be right, the value (never a secret) and where
/// the value came from. Errors are collected, so that an operator sees all of them at once.
/// </summary>
/// <param name="Key">The configuration key, e.g. <c>Listen:Endpoints</c>.</param>
/// <param name="Problem">What is wrong and what would be right.</param>
/// <param name="Value">The refused value as it was written, or null when the key is missing.</param>
/// <param name="Origin">The file, environment variable or command-line option that the value came from.</param>
internal sealed record OptionsError(string Key, string Problem, string? Value = null, string? Origin = null)
{
    /// <summary>One line for the terminal or the journal.</summary>
    public override string ToString()
    {
        var headline = $"{Key}: {Problem}";
        var value = Value is null ? null : $"value {LogValue.Quote(SecretText.Hide(Key, Value))}";
        var origin = Origin is null ? null : $"from {Origin}";
        var detail = string.Join(", ", new[] { value, origin }.OfType<string>());
        return detail.Length == 0 ? headline : $"{headline} ({detail})";
    }
}
