namespace CoapBridge.Identity;

/// <summary>One statement of a policy, compiled.</summary>
/// <param name="Label">Its Sid, or its place as <c>#2</c> (from 1).</param>
/// <param name="IsDeny">Effect is Deny.</param>
/// <param name="Actions">Bit n is set when action n is named.</param>
/// <param name="Resources">The patterns.</param>
internal sealed record PolicyStatement(string Label, bool IsDeny, int Actions, ResourcePattern[] Resources)
{
    public bool Matches(string device, PolicyAction action, string topic)
    {
        if ((Actions & (1 << (int)action)) == 0)
        {
            return false;
        }

        foreach (var resource in Resources)
        {
            if (resource.Matches(topic, device))
            {
                return true;
            }
        }

        return false;
    }
}
