using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// Finds the link that has been silent for longest, without a byte in the others. One pass over all of them gives the longest
/// idle ones, in order; since hearing from a link only makes it younger, the first of these that was not heard of since is the
/// longest idle of all (to a second), until the last of them is used up. Only then there is another pass.
/// </summary>
/// <param name="candidates">So many are found in a pass.</param>
internal sealed class LongestIdle(int candidates = 1_024)
{
    // A link at rest rounds when it was heard to milliseconds.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    private readonly Queue<(DeviceLink Link, Instant Heard)> _candidates = new();

    /// <summary>How often all were looked at.</summary>
    public int Passes { get; private set; }

    /// <param name="established">All that are established; not none.</param>
    public DeviceLink Find(IEnumerable<DeviceLink> established)
    {
        while (_candidates.TryPeek(out var first) && !(first.Link.IsEstablished && first.Link.LastHeard - first.Heard <= Tolerance))
        {
            _candidates.Dequeue();
        }

        if (_candidates.Count == 0)
        {
            LookAtAll(established);
        }

        return _candidates.Peek().Link;
    }

    private void LookAtAll(IEnumerable<DeviceLink> established)
    {
        Passes++;

        // The youngest of those that were found is the first to be pushed out.
        var found = new PriorityQueue<(DeviceLink Link, Instant Heard), long>();
        foreach (var link in established)
        {
            var heard = link.LastHeard;
            if (found.Count < candidates)
            {
                found.Enqueue((link, heard), -heard.Ticks);
            }
            else
            {
                found.EnqueueDequeue((link, heard), -heard.Ticks);
            }
        }

        foreach (var (candidate, _) in found.UnorderedItems.OrderBy(item => item.Element.Heard.Ticks))
        {
            _candidates.Enqueue(candidate);
        }
    }
}
