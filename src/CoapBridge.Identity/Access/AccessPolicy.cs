namespace CoapBridge.Identity;

/// <summary>
/// Which device may do what with which topic (PRODUCT.md, "Access policy"): nothing unless a statement allows it, and
/// a statement that denies wins. Immutable; for any number of threads.
/// </summary>
public sealed class AccessPolicy
{
    private readonly PolicyStatement[] _statements;

    internal AccessPolicy(IEnumerable<PolicyStatement> statements) => _statements = [.. statements];

    /// <summary>
    /// Compiles a policy file (UTF-8 JSON; comments are allowed). Null when there is any mistake;
    /// <paramref name="errors"/> then has all of them, by line. A feature that does not exist yet is a mistake too.
    /// </summary>
    public static AccessPolicy? TryParse(ReadOnlySpan<byte> json, out IReadOnlyList<PolicyError> errors)
    {
        var reader = new PolicyReader(json);
        var policy = reader.Read();
        errors = [.. reader.Errors.OrderBy(error => error.Line)];
        return policy;
    }

    /// <summary>May the device of this name do this? <paramref name="topic"/> is the whole topic name, as it would be published.</summary>
    public PolicyDecision Decide(string deviceName, PolicyAction action, string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(deviceName);
        ArgumentNullException.ThrowIfNull(topic);
        string? allowedBy = null;
        foreach (var statement in _statements)
        {
            if ((statement.IsDeny || allowedBy is null) && statement.Matches(deviceName, action, topic))
            {
                if (statement.IsDeny)
                {
                    return new(false, statement.Label, deviceName, action, topic);
                }

                allowedBy = statement.Label;
            }
        }

        return new(allowedBy is not null, allowedBy, deviceName, action, topic);
    }
}
