namespace CoapBridge.Telemetry;

/// <summary>The value of one instrument under one set of tags. Added to from any thread, read while being added to.</summary>
/// <param name="tags">The tags, in the order in which they were given.</param>
/// <param name="boundaries">Upper bounds of a histogram's buckets; empty for other instruments.</param>
internal sealed class MetricSeries(KeyValuePair<string, object?>[] tags, IReadOnlyList<double> boundaries)
{
    private readonly long[] _buckets = new long[boundaries.Count + 1];
    private double _sum;

    public IReadOnlyList<KeyValuePair<string, object?>> Tags => tags;

    /// <summary>The counter's total, the gauge's last value, or the sum of a histogram.</summary>
    public double Sum => Volatile.Read(ref _sum);

    public void Add(double value)
    {
        double seen;
        do
        {
            seen = Volatile.Read(ref _sum);
        }
        while (Interlocked.CompareExchange(ref _sum, seen + value, seen) != seen);
    }

    public void Set(double value) => Volatile.Write(ref _sum, value);

    public void Record(double value)
    {
        var bucket = 0;
        while (bucket < boundaries.Count && value > boundaries[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }

    /// <summary>A histogram's cumulative counts, the last one being the count of everything.</summary>
    public long[] Cumulative()
    {
        var counts = new long[_buckets.Length];
        var total = 0L;
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            total += Interlocked.Read(ref _buckets[bucket]);
            counts[bucket] = total;
        }

        return counts;
    }

    public bool Matches(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length)
        {
            return false;
        }

        for (var index = 0; index < tags.Length; index++)
        {
            if (!string.Equals(tags[index].Key, others[index].Key, StringComparison.Ordinal) || !Equals(tags[index].Value, others[index].Value))
            {
                return false;
            }
        }

        return true;
    }
}
