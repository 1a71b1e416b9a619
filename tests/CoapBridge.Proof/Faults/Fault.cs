using System.Globalization;

namespace CoapBridge.Proof.Faults;

/// <summary>One thing that goes wrong.</summary>
/// <param name="Kind">What.</param>
/// <param name="Length">For how long.</param>
/// <param name="Before">The time of peace before it, or what passes until it begins beside the last one.</param>
/// <param name="IsBeside">It begins while the last one goes on.</param>
/// <param name="IsHard">The harder of two ways: a reset instead of an end, lost instead of late.</param>
internal sealed record Fault(FaultKind Kind, TimeSpan Length, TimeSpan Before, bool IsBeside, bool IsHard)
{
    /// <summary>The same for the same seed.</summary>
    public static IEnumerable<Fault> Plan(int seed, int count, IReadOnlyList<FaultKind> kinds)
    {
        var random = new Random(seed);

        // Each kind has its turn before any has a second one.
        var bag = new Queue<FaultKind>();
        for (var number = 0; number < count; number++)
        {
            if (bag.Count == 0)
            {
                var all = kinds.ToArray();
                random.Shuffle(all);
                bag = new Queue<FaultKind>(all);
            }

            yield return new Fault(
                bag.Dequeue(), TimeSpan.FromMilliseconds(random.Next(200, 2_500)), TimeSpan.FromMilliseconds(random.Next(50, 600)),
                random.Next(3) == 0, random.Next(2) == 0);
        }
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind}{(IsHard ? ", hard" : "")}, {Length.TotalSeconds:0.0} s{(IsBeside ? ", beside the last" : "")}");
}
