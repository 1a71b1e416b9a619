namespace CoapBridge.Soak;

/// <summary>How the gateway's size went over the life of its last process: nothing may grow for ever.</summary>
internal sealed class SoakCurve
{
    private const int Parts = 10;

    private readonly List<Sample> _samples = [];

    public void Add(Sample sample)
    {
        // Another process: its size has nothing to do with that of the one before.
        if (_samples.Count > 0 && sample.Age < _samples[^1].Age)
        {
            _samples.Clear();
        }

        _samples.Add(sample);
    }

    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>The median of each tenth of the time.</summary>
    public double[] Tenths(Func<Sample, double> read) =>
    [
        .. Enumerable.Range(0, Parts)
            .Select(part => _samples[(_samples.Count * part / Parts)..Math.Max((_samples.Count * part / Parts) + 1, _samples.Count * (part + 1) / Parts)])
            .Select(tenth => tenth.Select(read).Order().ElementAt(tenth.Count / 2)),
    ];

    /// <summary>By how much the last tenth is more than the second: the first is when everything is made that stays.</summary>
    public double Growth(Func<Sample, double> read) => Tenths(read) is var tenths && tenths[1] > 0 ? (tenths[^1] / tenths[1]) - 1 : 0;
}
