using CoapBridge.Wire;

namespace CoapBridge.Network;

/// <summary>When each receive loop last turned. A loop beats at least every <see cref="MaxWait"/>, also when nothing comes.</summary>
/// <param name="loops">How many loops there are.</param>
internal sealed class LoopPulses(int loops)
{
    /// <summary>The longest that a loop may wait before it turns.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _late = TimeSpan.FromSeconds(5);

    private readonly long[] _turns = new long[loops];

    /// <summary>A loop says that it turned.</summary>
    public void Beat(int loop, Instant now) => Volatile.Write(ref _turns[loop], now.Ticks);

    /// <summary>Whether every loop turned in the last few seconds.</summary>
    public bool AllBeat(Instant now) => Enumerable.Range(0, _turns.Length).All(loop =>
        Volatile.Read(ref _turns[loop]) is var last && last != 0 && now - new Instant(last) < _late);
}
