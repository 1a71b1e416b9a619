using CoapBridge.Wire;

namespace CoapBridge.Status;

/// <summary>How often something happened in the last minutes. Counted by one thread, read by any.</summary>
internal sealed class MinuteCounts
{
    /// <summary>Minutes that are looked back.</summary>
    public const int Window = 10;

    // The minute in the upper half, the count in the lower one: a reader never sees one without the other.
    private readonly long[] _minutes = new long[Window];

    public void Count(Instant now)
    {
        var minute = MinuteOf(now);
        ref var place = ref _minutes[minute % Window];
        var before = Volatile.Read(ref place);
        Volatile.Write(ref place, before >> 32 == minute ? before + 1 : (minute << 32) + 1);
    }

    /// <summary>In the present minute and the nine before it.</summary>
    public long Sum(Instant now)
    {
        var sum = 0L;
        for (var index = 0; index < Window; index++)
        {
            var place = Volatile.Read(ref _minutes[index]);
            sum += place >> 32 > MinuteOf(now) - Window ? place & uint.MaxValue : 0;
        }

        return sum;
    }

    /// <summary>Never 0, which is the minute of an empty place.</summary>
    private static long MinuteOf(Instant now) => (now.Ticks / TimeSpan.TicksPerMinute) + Window;
}
