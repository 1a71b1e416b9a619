namespace CoapBridge.Wire;

/// <summary>
/// The time of day as an engine knows it: told once in a while, carried on by the monotonic clock in between. Telling it
/// again follows a clock that was set.
/// </summary>
/// <param name="Told">When it was told.</param>
/// <param name="Utc">The time of day at that moment.</param>
public readonly record struct TimeOfDay(Instant Told, DateTimeOffset Utc)
{
    /// <summary>The time of day at <paramref name="now"/>.</summary>
    public DateTimeOffset At(Instant now) => Utc + (now - Told);

    /// <summary>When the clock will show <paramref name="time"/>, unless it is set; not later than <see cref="Instant.MaxValue"/>.</summary>
    public Instant When(DateTimeOffset time) =>
        (Int128)Told.Ticks + (time - Utc).Ticks is var ticks && ticks < long.MaxValue ? new Instant((long)ticks) : Instant.MaxValue;
}
