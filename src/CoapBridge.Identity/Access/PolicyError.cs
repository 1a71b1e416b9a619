namespace CoapBridge.Identity;

/// <summary>One mistake in a policy file.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Text">What is wrong and what would be right.</param>
public sealed record PolicyError(int Line, string Text)
{
    public override string ToString() => $"line {Line}: {Text}";
}
