namespace CoapBridge.Options;

/// <summary>One key with its value as a source wrote it.</summary>
/// <param name="Key">Colon-separated path, e.g. <c>Upstream:Mqtt:Host</c> or <c>Listen:Endpoints:0</c>.</param>
/// <param name="Value">The text, or null for JSON's null.</param>
/// <param name="Origin">Where it was written, for messages.</param>
internal sealed record Setting(string Key, string? Value, string Origin);
