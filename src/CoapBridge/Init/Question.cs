using CoapBridge.Identity;

namespace CoapBridge.Init;

/// <summary>One thing that <c>init</c> needs to know.</summary>
/// <param name="Text">As it is asked.</param>
/// <param name="Given">The answer that came on the command line, or null.</param>
/// <param name="Fallback">What an empty line stands for; null: there must be an answer; empty: none is an answer.</param>
/// <param name="Test">What there is to say about an answer; one problem, and it does not do.</param>
internal sealed record Question(string Text, string? Given, string? Fallback, Func<string, Task<IReadOnlyList<Finding>>> Test)
{
    /// <summary>Whether an answer may be right although its test fails: the broker may just not be there yet.</summary>
    public Func<string, bool> MayFail { get; init; } = _ => false;
}
