using CoapBridge.Wire;

namespace CoapBridge.Simulation;

/// <summary>Virtual time, and what happens in it: at one instant in the order in which it was put down.</summary>
public sealed class Agenda(Instant start)
{
    private readonly PriorityQueue<Action, (Instant Due, long Order)> _entries = new();
    private long _order;

    public Instant Start { get; } = start;

    public Instant Now { get; private set; } = start;

    public TimeSpan Elapsed => Now - Start;

    public Instant? Next => _entries.TryPeek(out _, out var entry) ? entry.Due : null;

    public void In(TimeSpan delay, Action action) => _entries.Enqueue(action, (Now + delay, _order++));

    public bool TryTakeDue(out Action action)
    {
        action = null!;
        return Next <= Now && _entries.TryDequeue(out action!, out _);
    }

    /// <summary>Time never runs backwards: a deadline in the past is due now.</summary>
    public void MoveTo(Instant instant) => Now = instant > Now ? instant : Now;
}
