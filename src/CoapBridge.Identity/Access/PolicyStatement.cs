namespace CoapBridge.Identity;

/// <summary>One statement of a policy, compiled.</summary>
/// <param name="Label">Its Sid, or its place as <c>#2</c> (from 1).</param>
/// <param name="IsDeny">Effect is Deny.</param>
/// <param name="Actions">Bit n is set when action n is named.</param>
/// <param name="Resources">The patterns; one is enough.</param>
/// <param name="Conditions">All must hold; mostly none.</param>
internal sealed record PolicyStatement(string Label, bool IsDeny, int Actions, ResourcePattern[] Resources, PolicyCondition[] Conditions)
{
    /// <summary>Whether it has its effect: what it cannot know never helps the device.</summary>
    public bool Applies(in PolicyRequest request)
    {
        if (!Names(request.Action) || MatchResources(request) is not (> PolicyTruth.No and var truth))
        {
            return false;
        }

        foreach (var condition in Conditions)
        {
            var holds = condition.Test(request);
            truth = holds < truth ? holds : truth;
        }

        return truth == PolicyTruth.Yes || (IsDeny && truth == PolicyTruth.Unknown);
    }

    /// <summary>A sentence on what this statement says to the request.</summary>
    public string Explain(in PolicyRequest request)
    {
        var effect = IsDeny ? "Deny" : "Allow";
        if (!Names(request.Action))
        {
            return $"statement {Label} ({effect}) is not about {request.Action}";
        }

        var resources = MatchResources(request);
        if (resources == PolicyTruth.No)
        {
            return $"statement {Label} ({effect}) is not about this topic, only about {string.Join(", ", Resources.Select(resource => resource.Text))}";
        }

        var parts = new List<string>();
        if (resources == PolicyTruth.Unknown)
        {
            parts.Add("a variable in its resource has no value for this device");
        }

        foreach (var condition in Conditions)
        {
            parts.Add(condition.Test(request) switch
            {
                PolicyTruth.Yes => $"its condition {condition.Label} is met",
                PolicyTruth.No => $"its condition {condition.Label} is not met",
                _ => $"its condition {condition.Label} asks for what is not known of this device",
            });
        }

        var ends = Applies(request) ? IsDeny ? "denies" : "allows" : "does not apply";
        return $"statement {Label} ({effect}) {ends}" + (parts.Count > 0 ? $": {string.Join("; ", parts)}" : "");
    }

    private bool Names(PolicyAction action) => (Actions & (1 << (int)action)) != 0;

    private PolicyTruth MatchResources(in PolicyRequest request)
    {
        var best = PolicyTruth.No;
        foreach (var resource in Resources)
        {
            var matches = resource.Matches(request);
            best = matches > best ? matches : best;
        }

        return best;
    }
}
