using CoapBridge.Gateway;
using CoapBridge.Reload;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

/// <summary>
/// The brokers, and our credentials for them, that a link's next connection is made with. After a reload those are others, until a
/// broker has refused them: then they are again what they were. From time to time it looks for a broker that is preferred to the present
/// one. Only the driver's task touches it, but for <see cref="Renew"/>.
/// </summary>
internal sealed class BrokersInForce(IUpstreamLink link, BrokerChoice brokers, UpstreamTask task)
{
    private BrokerChoice _brokers = brokers;
    private BrokerChoice? _before;
    private BrokerChoice? _next;
    private Task<bool>? _probing;

    /// <summary>When to call <see cref="FailBackAsync"/>, if nobody wakes the task before.</summary>
    public Instant? NextDeadline => _probing is null ? _brokers.ProbeDue : null;

    /// <summary>Another certificate, or other anchors. From any thread.</summary>
    public void Renew(LoadedFiles files)
    {
        Interlocked.Exchange(ref _next, new BrokerChoice(files.Options.Upstream, files.Credentials));
        task.Wake();
    }

    /// <summary>Takes the new ones, if there are any. Not while an attempt is under way: its outcome would be taken for theirs.</summary>
    public void BeginRenewal(Instant now)
    {
        if (Interlocked.Exchange(ref _next, null) is { } next)
        {
            _before ??= _brokers;
            _brokers = next;
            link.BeginRenewal(now);
        }
    }

    /// <summary>Looks from time to time whether a broker that is preferred to the present one is there again, and goes back to it in order.</summary>
    public async Task FailBackAsync(Instant now)
    {
        if (_probing is { IsCompleted: true } probed)
        {
            _probing = null;
            if (await probed.ConfigureAwait(false))
            {
                link.BeginMove(now);
            }
        }
        else if (_probing is null && _brokers.ProbeDue <= now && link.IsConnected)
        {
            _probing = _brokers.ProbeAsync(now, task.Stopping);
            task.WakeAfter(_probing);
        }
    }

    /// <summary>Keeps those that a broker takes, and goes back when it refuses them.</summary>
    public void FollowLink()
    {
        if (link is { IsConnected: true, IsRenewing: false })
        {
            _before = null; // whichever it is, the broker takes it
        }

        if (link.TryTakeRenewalRefused() && _before is { } before)
        {
            _brokers = before;
        }
    }

    public Task<BrokerAttempt> ConnectAsync(Instant now) => _brokers.ConnectAsync(now, task.Stopping);

    public void HandleConnected(Instant now, int index) => _brokers.HandleConnected(now, index);

    public void HandleLost(Instant now) => _brokers.HandleLost(now);
}
