using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

/// <summary>
/// The brokers of the configuration in order of preference. An attempt tries one after the other, so that each new connection is
/// with the most preferred one that is there. One whose connections ended within 30 s twice in a row (it refuses us, or is
/// overloaded) comes last for a minute. Only the broker driver's task touches it.
/// </summary>
internal sealed class BrokerChoice
{
    private static readonly TimeSpan _stable = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _avoidance = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _longestFailBack = TimeSpan.FromHours(1);

    private readonly Func<CancellationToken, Task<(BrokerConnection? Connection, BrokerFault? Fault)>>[] _brokers;
    private readonly Instant?[] _avoidedUntil;
    private readonly int[] _earlyEnds;
    private TimeSpan _failBack;
    private Instant _connectedAt;
    private int _current;
    private bool _isBack;

    public BrokerChoice(UpstreamOptions options, GatewayCredentials credentials)
        : this(
            options is MqttOptions { DpsIdScope: not null } mqtt ? [new ProvisionedBroker(mqtt, credentials).ConnectAsync] : [.. options.Endpoints.Prepend(new BrokerAddress(options.Host, options.Port)).Select<BrokerAddress, Func<CancellationToken, Task<(BrokerConnection?, BrokerFault?)>>>(
                broker => new BrokerTransport(options with { Host = broker.Host, Port = broker.Port }, credentials).ConnectAsync)],
            options.FailBack)
    {
    }

    internal BrokerChoice(Func<CancellationToken, Task<(BrokerConnection? Connection, BrokerFault? Fault)>>[] brokers, TimeSpan failBack)
    {
        _brokers = brokers;
        _avoidedUntil = new Instant?[brokers.Length];
        _earlyEnds = new int[brokers.Length];
        _failBack = failBack;
    }

    /// <summary>When to look for a broker that is preferred to the present one; null: there is none.</summary>
    public Instant? ProbeDue { get; private set; }

    /// <summary>One attempt at each; the fault is the first one's, also when a later one has answered.</summary>
    public Task<BrokerAttempt> ConnectAsync(Instant now, CancellationToken stop)
    {
        ProbeDue = null;
        return TryAsync(Order(now, _brokers.Length), stop);
    }

    /// <summary>Whether a broker that is preferred to the present one is there: TLS and no byte of MQTT.</summary>
    public async Task<bool> ProbeAsync(Instant now, CancellationToken stop)
    {
        ProbeDue = now + _failBack;
        var (connection, _, _) = await TryAsync([.. Order(now, _current).Where(index => !IsAvoided(now, index))], stop).ConfigureAwait(false);
        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return connection is not null;
    }

    public void HandleConnected(Instant now, int index)
    {
        _isBack = index < _current || (index == _current && _isBack);
        (_current, _connectedAt) = (index, now);
        ProbeDue = index > 0 ? now + _failBack : null;
    }

    public void HandleLost(Instant now)
    {
        ProbeDue = null;
        if (now - _connectedAt >= _stable)
        {
            (_earlyEnds[_current], _isBack) = (0, false);
        }
        else if (++_earlyEnds[_current] >= 2)
        {
            _avoidedUntil[_current] = now + _avoidance;
            _failBack = _isBack && _failBack * 2 < _longestFailBack ? _failBack * 2 : _failBack; // going back in vain disturbs the devices
        }
    }

    private List<int> Order(Instant now, int count) => [.. Enumerable.Range(0, count).OrderBy(index => IsAvoided(now, index)).ThenBy(index => index)];

    private bool IsAvoided(Instant now, int index) => _avoidedUntil[index] > now;

    private async Task<BrokerAttempt> TryAsync(List<int> order, CancellationToken stop)
    {
        BrokerFault? first = null;
        foreach (var index in order)
        {
            var (connection, fault) = await _brokers[index](stop).ConfigureAwait(false);
            first ??= fault;
            if (connection is not null)
            {
                return new BrokerAttempt(connection, first, index);
            }
        }

        return new BrokerAttempt(null, first, 0);
    }
}

/// <summary>What an attempt came to.</summary>
/// <param name="Connection">Null when no broker was there.</param>
/// <param name="Fault">Why the first one that was tried is not; null when it is.</param>
/// <param name="Index">Which one it is.</param>
internal readonly record struct BrokerAttempt(BrokerConnection? Connection, BrokerFault? Fault, int Index);
