namespace CoapBridge.Identity;

/// <summary>
/// Which device may do what with which topic (PRODUCT.md, "Access policy"): nothing unless a statement allows it, and
/// a statement that denies wins. What cannot be known (a variable without a value) never helps: an Allow then does not
/// allow, a Deny denies. Immutable; for any number of threads.
/// </summary>
public sealed class AccessPolicy
{
    private readonly PolicyStatement[] _statements;

    internal AccessPolicy(IEnumerable<PolicyStatement> statements) => _statements = [.. statements];

    /// <summary>
    /// Compiles a policy file (UTF-8 JSON; comments are allowed). Null when there is any mistake;
    /// <paramref name="errors"/> then has all of them, by line.
    /// </summary>
    public static AccessPolicy? TryParse(ReadOnlySpan<byte> json, out IReadOnlyList<LineError> errors)
    {
        var statements = PolicyReader.Read(json, out var found);
        errors = [.. found.OrderBy(error => error.Line)];
        return errors.Count == 0 ? new(statements) : null;
    }

    /// <summary>May the device do this? Allocates nothing unless a statement that names the action and could match asks for the certificate.</summary>
    public PolicyDecision Decide(in PolicyRequest request)
    {
        string? allowedBy = null;
        foreach (var statement in _statements)
        {
            if ((statement.IsDeny || allowedBy is null) && statement.Applies(request))
            {
                if (statement.IsDeny)
                {
                    return new(false, statement.Label, request.DeviceName, request.Action, request.Topic);
                }

                allowedBy = statement.Label;
            }
        }

        return new(allowedBy is not null, allowedBy, request.DeviceName, request.Action, request.Topic);
    }

    /// <summary>For people: the decision, then what each statement had to say. The first line stands alone.</summary>
    public IReadOnlyList<string> Explain(in PolicyRequest request)
    {
        var lines = new List<string> { Decide(request).Explanation };
        foreach (var statement in _statements)
        {
            lines.Add(statement.Explain(request));
        }

        return lines;
    }
}
