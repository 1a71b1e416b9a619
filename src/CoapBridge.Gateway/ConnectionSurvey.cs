using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// A look at the connections of one shard, in portions: among a hundred thousand of them, who is called like that. The shard
/// goes on with its devices in between. Used once, by one shard.
/// </summary>
/// <param name="nameContains">A part of the device's name, in any case; null: everybody.</param>
/// <param name="limit">So many are reported, the others only counted.</param>
public sealed class ConnectionSurvey(string? nameContains, int limit)
{
    private readonly List<ConnectionReport> _found = [];

    /// <summary>Who was found; no order.</summary>
    public IReadOnlyList<ConnectionReport> Found => _found;

    /// <summary>How many there are, the ones beyond the limit too.</summary>
    public int Count { get; private set; }

    internal int Place { get; private set; }

    /// <summary>Looks at the next places; true when it has seen enough.</summary>
    internal bool Continue(Instant now, DeviceIndex index, int places)
    {
        for (var left = places; left > 0 && Place < index.PlaceCount && !HasEnough; left--, Place++)
        {
            if (index.InPlace(Place) is { IsEstablished: true } link && link.Device!.PeekName() is var name
                && (nameContains is null || name.Contains(nameContains, StringComparison.OrdinalIgnoreCase)))
            {
                Take(now, link, name);
            }
        }

        // Nobody else need be looked at: the index knows how many there are.
        Count = nameContains is null ? index.EstablishedCount : Count;
        return HasEnough || Place >= index.PlaceCount;
    }

    private bool HasEnough => nameContains is null && _found.Count >= limit;

    private void Take(Instant now, DeviceLink link, string name)
    {
        Count++;
        if (_found.Count < limit)
        {
            var heard = link.LastHeard;
            _found.Add(new ConnectionReport(
                name, link.Path.Remote, link.EstablishedAt, heard <= now ? heard : now, link.MessageCount, link.Device!.NotAfter, link.IsRefused));
        }
    }
}
