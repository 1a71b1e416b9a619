namespace CoapBridge.Identity;

/// <summary>One rule for devices' certificates, and whether a certificate keeps it.</summary>
/// <param name="Rule">The rule, as a sentence about the certificate that keeps it.</param>
/// <param name="Reason">Why not; null when it keeps the rule.</param>
/// <param name="Detail">What exactly; empty when there is no more to say.</param>
public sealed record RuleOutcome(string Rule, RefusalReason? Reason, string Detail);
