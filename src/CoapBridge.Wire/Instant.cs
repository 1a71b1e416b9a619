namespace CoapBridge.Wire;

/// <summary>
/// A point on a monotonic clock, in ticks of 100 ns since an arbitrary origin. Engines receive it as <c>now</c>;
/// it says nothing about the time of day.
/// </summary>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>Later than any deadline.</summary>
    public static Instant MaxValue { get; } = new(long.MaxValue);

    public static Instant operator +(Instant instant, TimeSpan span) => new(instant.Ticks + span.Ticks);

    public static Instant operator -(Instant instant, TimeSpan span) => new(instant.Ticks - span.Ticks);

    public static TimeSpan operator -(Instant later, Instant earlier) => new(later.Ticks - earlier.Ticks);

    public static bool operator <(Instant left, Instant right) => left.Ticks < right.Ticks;

    public static bool operator >(Instant left, Instant right) => left.Ticks > right.Ticks;

    public static bool operator <=(Instant left, Instant right) => left.Ticks <= right.Ticks;

    public static bool operator >=(Instant left, Instant right) => left.Ticks >= right.Ticks;

    /// <summary>The earlier of two optional deadlines; null means "none".</summary>
    public static Instant? Earliest(Instant? first, Instant? second) =>
        first is { } a && second is { } b ? (a <= b ? a : b) : first ?? second;

    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);
}
