using CoapBridge.Wire;

namespace CoapBridge.Network;

/// <summary>When one owner last turned. It beats at least every <see cref="LoopPulses.MaxWait"/>, also when nothing comes.</summary>
/// <param name="name">The owner, as its thread is called.</param>
/// <param name="patience">How long a turn may take before the owner counts as stuck.</param>
internal sealed class LoopPulse(string name, TimeSpan patience)
{
    private long _turn;

    public string Name => name;

    /// <summary>The owner says that it turned.</summary>
    public void Beat(Instant now) => Volatile.Write(ref _turn, now.Ticks);

    /// <summary>Whether the owner has not turned yet, or not for too long.</summary>
    public bool IsStuck(Instant now) => Volatile.Read(ref _turn) is var last && (last == 0 || now - new Instant(last) >= patience);
}
