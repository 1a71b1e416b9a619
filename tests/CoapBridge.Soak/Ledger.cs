namespace CoapBridge.Soak;

/// <summary>
/// What devices were told against what the broker has. Only what one side still owes the other is kept, so hours of it take no room.
/// </summary>
internal sealed class Ledger
{
    private readonly Lock _gate = new();
    private readonly HashSet<(string Device, int Number)> _acknowledged = [];
    private readonly HashSet<(string Device, int Number)> _arrived = [];
    private readonly SortedDictionary<string, long> _answers = new(StringComparer.Ordinal);
    private long _arrivals;

    public long Arrivals => Read(() => _arrivals);

    /// <summary>How often each answer was given, by what was asked for and its code.</summary>
    public IReadOnlyDictionary<string, long> Answers => Read(() => new SortedDictionary<string, long>(_answers, StringComparer.Ordinal));

    /// <summary>Messages that were answered 2.04 and are not at the broker.</summary>
    public IReadOnlyList<(string Device, int Number)> Owed => Read(() => _acknowledged.ToArray());

    /// <param name="kind">What was asked for: <c>event</c>.</param>
    /// <param name="code">2.04, or a word when there was none.</param>
    public void Count(string kind, string code)
    {
        lock (_gate)
        {
            _answers[$"{kind} {code}"] = _answers.GetValueOrDefault($"{kind} {code}") + 1;
        }
    }

    /// <summary>The device was told 2.04: it must arrive.</summary>
    public void Acknowledged(string device, int number)
    {
        lock (_gate)
        {
            if (!_arrived.Remove((device, number)))
            {
                _acknowledged.Add((device, number));
            }
        }
    }

    /// <summary>The broker has it.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="number">Which of its messages.</param>
    /// <param name="newest">The number of the device's newest message: older ones have had their answers.</param>
    public void Arrived(string device, int number, int newest)
    {
        lock (_gate)
        {
            _arrivals++;
            if (!_acknowledged.Remove((device, number)) && number == newest)
            {
                _arrived.Add((device, number));
            }
        }
    }

    /// <summary>The device was told something else, or nothing: the broker may have it or not.</summary>
    public void Released(string device, int number)
    {
        lock (_gate)
        {
            _arrived.Remove((device, number));
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }
}
