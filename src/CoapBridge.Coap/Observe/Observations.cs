using System.Diagnostics.CodeAnalysis;
using CoapBridge.Wire;

namespace CoapBridge.Coap;

/// <summary>
/// One peer's observations, in the order in which those that have something to tell come to their turn. Exists only
/// while there is one. Its numbers are those of RFC 7641 §4.4.
/// </summary>
internal sealed class Observations(EndpointGroup group, Instant now)
{
    private const uint SequenceMask = 0xFF_FFFF;

    /// <summary>RFC 7641 §4.5.1: without an estimate of the round-trip time not more than one NON every 3 seconds.</summary>
    private static readonly TimeSpan NonConfirmableInterval = TimeSpan.FromSeconds(3);

    private const int MaximumResting = 384;

    private readonly List<Observation> _entries = [];

    // From the clock, so that a list that was empty for a while goes on above what it had; 2^15 a second, as RFC 7641 §4.4 suggests.
    private uint _sequence = (uint)(now.Ticks / (TimeSpan.TicksPerSecond / 32_768d));
    private uint _lastNumber;

    public int Count => _entries.Count;

    public IReadOnlyList<Observation> Entries => _entries;

    /// <summary>Little enough to be held as the bytes of <see cref="Save"/> while nothing happens.</summary>
    public bool IsAtRest => FirstPending is null && _entries.Sum(static entry => 32 + (entry.Request?.Length ?? 0)) <= MaximumResting;

    /// <summary>More than <see cref="Save"/> ever writes for so many.</summary>
    public static int MaximumSavedLength(int count) => 16 + (count * Observation.MaximumSaved);

    public void Save(Instant now, ref WireWriter writer)
    {
        writer.WriteUInt16((ushort)_entries.Count);
        writer.WriteUInt32(_sequence);
        writer.WriteUInt32(_lastNumber);
        foreach (var entry in _entries)
        {
            entry.Save(now, ref writer);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote after the count; false when it is not that. The group's count stays as it is.</summary>
    public bool TryLoad(int count, Instant saved, ref WireReader reader)
    {
        _sequence = reader.ReadUInt32();
        _lastNumber = reader.ReadUInt32();
        for (; count > 0; count--)
        {
            if (Observation.Load(saved, ref reader) is not { } entry || Find(entry.Token) is not null)
            {
                return false;
            }

            _entries.Add(entry);
        }

        return true;
    }

    /// <summary>When the next NON may leave.</summary>
    public Instant NonConfirmableAllowed { get; private set; } = now;

    /// <summary>The first that has something to tell; null when none has.</summary>
    public Observation? FirstPending => _entries.Find(static entry => entry.HasPending);

    public Observation? Find(Token token) => _entries.Find(entry => entry.Token == token);

    public Observation? FindNonConfirmable(ushort messageId) => _entries.Find(entry => entry.NonConfirmableId == messageId);

    /// <summary>The entry for a registration: the one that has its token, or a new one; null when there is no room.</summary>
    public Observation? Claim(Token token)
    {
        if (Find(token) is { } known)
        {
            return known;
        }

        if (Count >= group.MaximumObservationsPerEndpoint || group.ObservationCount >= group.MaximumObservations)
        {
            return null;
        }

        var added = new Observation(token);
        _entries.Add(added);
        group.ObservationCount++;
        return added;
    }

    public bool Remove(Token token, [NotNullWhen(true)] out Observation? removed)
    {
        removed = Find(token);
        if (removed is null)
        {
            return false;
        }

        _entries.Remove(removed);
        group.ObservationCount--;
        return true;
    }

    /// <summary>These observers in another group, as far as that has room; one whose registration was not kept is let go.</summary>
    public Observations? JoinedTo(EndpointGroup other)
    {
        var room = Math.Min(other.MaximumObservations - other.ObservationCount, other.MaximumObservationsPerEndpoint);
        var joined = new Observations(other, default) { _sequence = _sequence, _lastNumber = _lastNumber };
        joined._entries.AddRange(_entries.Where(static entry => entry.Request is not null).Take(Math.Max(0, room)));
        other.ObservationCount += joined.Count;
        return joined.Count == 0 ? null : joined;
    }

    public void Clear()
    {
        group.ObservationCount -= Count;
        _entries.Clear();
    }

    /// <summary>
    /// Strictly rising in 24 bits (RFC 7641 §4.4), for all observations together: a notification that takes another's place
    /// is newer than it.
    /// </summary>
    public uint NextSequence() => ++_sequence & SequenceMask;

    public Notification Name(Token token) => new(token, ++_lastNumber);

    /// <summary>Moves an entry whose turn it was behind the others.</summary>
    public void EndTurn(Observation entry)
    {
        _entries.Remove(entry);
        _entries.Add(entry);
    }

    public void CountNonConfirmable(Instant now) => NonConfirmableAllowed = now + NonConfirmableInterval;
}
