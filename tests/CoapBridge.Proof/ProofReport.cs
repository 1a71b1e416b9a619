using CoapBridge.Proof.Judging;

namespace CoapBridge.Proof;

/// <summary>What came of it.</summary>
/// <param name="Posted">All requests, each device's in order.</param>
/// <param name="Arrivals">What the broker took, in order.</param>
/// <param name="Stored">Messages that gateways wrote to their outbox; without what a killed one had written.</param>
/// <param name="Troubles">Faults of the gateway beside those of the <see cref="Judge"/>.</param>
internal sealed record ProofReport(IReadOnlyList<Posted> Posted, IReadOnlyList<Arrival> Arrivals, long Stored, IReadOnlyList<string> Troubles)
{
    /// <summary>A sentence each; none: nothing was lost.</summary>
    public IReadOnlyList<string> Faults { get; } = [.. Judge.Examine(Posted, Arrivals), .. Troubles];

    public int Acknowledged => Posted.Count(one => one.Answer == Judging.Posted.Success);

    public int AcknowledgedKept => Posted.Count(one => one is { Answer: Judging.Posted.Success, IsKept: true });

    public override string ToString()
    {
        var answers = Posted.GroupBy(one => one.Answer ?? "none").OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key}: {group.Count()}");
        var copies = Arrivals.Count - Arrivals.Select(one => (one.Device, one.Number)).Distinct().Count();
        return $"{Posted.Count} messages ({string.Join(", ", answers)}; {AcknowledgedKept} of the 2.04 kept); {Arrivals.Count} arrivals, {copies} of them copies; "
            + $"at least {Stored} went over the disk";
    }
}
