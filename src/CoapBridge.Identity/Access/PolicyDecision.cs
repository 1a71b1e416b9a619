namespace CoapBridge.Identity;

/// <summary>Whether a device may, and which statement says so.</summary>
/// <param name="IsAllowed">It may.</param>
/// <param name="Statement">The Sid of the statement that decided, or its place as <c>#2</c>; null when none matched.</param>
/// <param name="Device">Who asked.</param>
/// <param name="Action">For what.</param>
/// <param name="Topic">On which topic.</param>
public readonly record struct PolicyDecision(bool IsAllowed, string? Statement, string Device, PolicyAction Action, string Topic)
{
    /// <summary>A sentence for people.</summary>
    public string Explanation => (IsAllowed, Statement) switch
    {
        (true, _) => $"{Device} may {Action} {Topic}: statement {Statement} allows it",
        (false, null) => $"{Device} may not {Action} {Topic}: no statement allows it",
        _ => $"{Device} may not {Action} {Topic}: statement {Statement} denies it",
    };
}
