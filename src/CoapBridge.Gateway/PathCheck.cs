using CoapBridge.Wire;

namespace CoapBridge.Gateway;

/// <summary>
/// The check of an address that a device seems to have moved to (RFC 9853 §5, basic validation): a path_challenge, said
/// again each second while what came from there pays for it threefold. Answers wait until the device has proved the new
/// address, or has not.
/// </summary>
/// <param name="candidate">Where the device seems to be.</param>
/// <param name="cookie">What it has to repeat.</param>
/// <param name="received">Bytes that came from there.</param>
/// <param name="now">The present.</param>
/// <param name="before">
/// The check of another address that this one replaces. It does not make answers wait longer: whoever is faster than the device
/// could otherwise hold them back for ever, from ever new addresses.
/// </param>
internal sealed class PathCheck(NetworkPath candidate, ulong cookie, int received, Instant now, PathCheck? before = null)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    private readonly PathBudget _budget = PathBudget.For(default, received);
    private readonly Instant _end = before?._end ?? now + Limit;
    private Instant _next = now;

    public NetworkPath Candidate => candidate;

    public ulong Cookie => cookie;

    public Instant NextDeadline => _next < _end ? _next : _end;

    public void CountReceived(int length) => _budget.AddReceived(length);

    public bool IsOver(Instant at) => at >= _end;

    /// <summary>Whether a challenge of so many bytes is to be sent now.</summary>
    public bool TryTakeTurn(Instant at, int length)
    {
        if (at < _next)
        {
            return false;
        }

        _next = at + Interval;
        if (!_budget.Allows(length))
        {
            return false;
        }

        _budget.AddSent(length);
        return true;
    }
}
