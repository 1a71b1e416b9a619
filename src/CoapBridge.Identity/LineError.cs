namespace CoapBridge.Identity;

/// <summary>One mistake in a file that an operator writes.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Text">What is wrong and what would be right.</param>
public sealed record LineError(int Line, string Text)
{
    public override string ToString() => $"line {Line}: {Text}";
}
