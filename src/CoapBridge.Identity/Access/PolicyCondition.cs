namespace CoapBridge.Identity;

/// <summary>One operator with one key: <c>"StringEquals": { "cert:Issuer.CN": ["a", "b"] }</c>. Any of its values is enough.</summary>
/// <param name="Label">For people: <c>StringEquals cert:Issuer.CN</c>.</param>
internal abstract record PolicyCondition(string Label)
{
    public const string AddressKey = "SourceIp", TimeKey = "CurrentTime";

    public abstract PolicyTruth Test(in PolicyRequest request);

    /// <summary>StringEquals and StringLike.</summary>
    internal sealed record OfText(string Label, PolicyVariable Variable, bool IsLike, string[] Values) : PolicyCondition(Label)
    {
        public override PolicyTruth Test(in PolicyRequest request)
        {
            if (Variable.Resolve(request) is not { } value)
            {
                return PolicyTruth.Unknown;
            }

            foreach (var wanted in Values)
            {
                if (IsLike ? LikePattern.Matches(wanted, value) : value == wanted)
                {
                    return PolicyTruth.Yes;
                }
            }

            return PolicyTruth.No;
        }
    }

    /// <summary>IpAddress.</summary>
    internal sealed record OfAddress(string Label, AddressRange[] Ranges) : PolicyCondition(Label)
    {
        public override PolicyTruth Test(in PolicyRequest request)
        {
            if (request.Address is not { } address)
            {
                return PolicyTruth.Unknown;
            }

            foreach (var range in Ranges)
            {
                if (range.Contains(address))
                {
                    return PolicyTruth.Yes;
                }
            }

            return PolicyTruth.No;
        }
    }

    /// <summary>DateLessThan and DateGreaterThan.</summary>
    internal sealed record OfTime(string Label, bool IsLess, TimeLimit[] Limits) : PolicyCondition(Label)
    {
        public override PolicyTruth Test(in PolicyRequest request)
        {
            if (request.Time is not { } time)
            {
                return PolicyTruth.Unknown;
            }

            foreach (var limit in Limits)
            {
                if (IsLess ? limit.IsAfter(time) : limit.IsBefore(time))
                {
                    return PolicyTruth.Yes;
                }
            }

            return PolicyTruth.No;
        }
    }
}
