using System.Numerics;

namespace CoapBridge.Tools.Load;

/// <summary>Times by their size, in classes that are 3 % wide at most: percentiles of any number of them in 7 KB.</summary>
internal sealed class Latencies
{
    private const int Bits = 5;
    private const int Steps = 1 << Bits;
    private const int Largest = 31;
    private const int Classes = (2 * Steps) + ((Largest - Bits - 1) * Steps);

    private readonly long[] _counts = new long[Classes];

    public long Count { get; private set; }

    public TimeSpan Longest { get; private set; }

    public void Add(TimeSpan time)
    {
        _counts[ClassOf((long)time.TotalMicroseconds)]++;
        Count++;
        Longest = time > Longest ? time : Longest;
    }

    public void Add(Latencies others)
    {
        for (var index = 0; index < Classes; index++)
        {
            _counts[index] += others._counts[index];
        }

        Count += others.Count;
        Longest = others.Longest > Longest ? others.Longest : Longest;
    }

    /// <summary>The time that this part of all are not longer than; null when there are none.</summary>
    /// <param name="part">Between 0 and 1: 0.99 for the 99th percentile.</param>
    public TimeSpan? Percentile(double part)
    {
        if (Count == 0)
        {
            return null;
        }

        var left = (long)Math.Ceiling(part * Count);
        var index = 0;
        for (; index < Classes - 1 && left > _counts[index]; index++)
        {
            left -= _counts[index];
        }

        var time = TimeSpan.FromMicroseconds(LongestOf(index));
        return time < Longest ? time : Longest;
    }

    /// <summary>A class for each microsecond up to 64, then 32 for each doubling.</summary>
    private static int ClassOf(long microseconds)
    {
        if (microseconds < 2 * Steps)
        {
            return (int)Math.Max(0, microseconds);
        }

        var power = BitOperations.Log2((ulong)microseconds) - Bits;
        return Math.Min(Classes - 1, (power * Steps) + (int)(microseconds >> power));
    }

    private static long LongestOf(int index)
    {
        if (index < 2 * Steps)
        {
            return index;
        }

        var power = (index / Steps) - 1;
        return ((long)((index % Steps) + Steps + 1) << power) - 1;
    }
}
