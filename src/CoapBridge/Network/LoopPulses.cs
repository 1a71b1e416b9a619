using CoapBridge.Wire;

namespace CoapBridge.Network;

/// <summary>The pulses of all owners: of the receive loops, of the sessions, of the way to the broker, of commands and outbox.</summary>
/// <param name="shards">How many receive loops there are.</param>
internal sealed class LoopPulses(int shards)
{
    /// <summary>The longest that an owner may wait before it turns.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _late = TimeSpan.FromSeconds(5);

    /// <summary>A worn SD card may take many seconds for one write, and a restart would not make it faster.</summary>
    private static readonly TimeSpan _diskLate = TimeSpan.FromMinutes(1);

    /// <summary>Of the receive loops, by the number of their shard.</summary>
    public IReadOnlyList<LoopPulse> Shards { get; } = [.. Enumerable.Range(0, shards).Select(number => new LoopPulse($"shard-{number}", _late))];

    public LoopPulse Sessions { get; } = new("sessions", _late);

    public LoopPulse Broker { get; } = new("broker", _late);

    public LoopPulse Commands { get; } = new("commands", _diskLate);

    public LoopPulse Outbox { get; } = new("outbox", _diskLate);

    /// <summary>How long an owner waits whose next turn is due then; null: only when it is woken.</summary>
    public static TimeSpan WaitTime(Instant? due, Instant now)
    {
        var wait = due is { } deadline && deadline - now < MaxWait ? deadline - now : MaxWait;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    /// <summary>The names of those that are stuck; none when all is well.</summary>
    public IReadOnlyList<string> Stuck(Instant now) =>
        [.. Shards.Concat([Sessions, Broker, Commands, Outbox]).Where(pulse => pulse.IsStuck(now)).Select(pulse => pulse.Name)];
}
