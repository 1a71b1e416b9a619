using System.Diagnostics;
using CoapBridge.Wire;

namespace CoapBridge.Network;

/// <summary>The monotonic clock that every engine's <c>now</c> comes from. It says nothing about the time of day.</summary>
internal static class Clock
{
    private static readonly long _origin = Stopwatch.GetTimestamp();

    public static Instant Now => new(Stopwatch.GetElapsedTime(_origin).Ticks);
}
