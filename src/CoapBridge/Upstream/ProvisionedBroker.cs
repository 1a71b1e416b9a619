using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Wire;

namespace CoapBridge.Upstream;

/// <summary>
/// The hub that a Device Provisioning Service names. It is asked for the first connection, after an attempt that failed, and when its
/// last word is an hour old; while it does not answer, its last word holds. Only the broker driver's task touches it.
/// </summary>
internal sealed class ProvisionedBroker(MqttOptions options, GatewayCredentials credentials)
{
    private static readonly TimeSpan _trusted = TimeSpan.FromHours(1);

    private readonly BrokerTransport _service = new(
        options with { UserName = DpsRegistration.UserName(options.DpsIdScope!, options.ClientId) }, credentials);

    private BrokerTransport? _hub;
    private Instant? _askedAt;

    public async Task<(BrokerConnection? Connection, BrokerFault? Fault)> ConnectAsync(CancellationToken stop)
    {
        if (_hub is null || _askedAt is not { } asked || Clock.Now - asked > _trusted)
        {
            var fault = await AskAsync(stop).ConfigureAwait(false);
            if (_hub is null)
            {
                return (null, fault);
            }
        }

        var (connection, problem) = await _hub.ConnectAsync(stop).ConfigureAwait(false);
        if (connection is null)
        {
            _askedAt = null; // it may be another by now
        }

        return (connection, problem);
    }

    private async Task<BrokerFault?> AskAsync(CancellationToken stop)
    {
        var (connection, fault) = await _service.ConnectAsync(stop).ConfigureAwait(false);
        if (connection is null)
        {
            return fault;
        }

        await using (connection.ConfigureAwait(false))
        {
            var (hub, problem) = await new DpsRegistration(connection, options.ClientId).RunAsync(stop).ConfigureAwait(false);
            if (hub is not null)
            {
                (_hub, _askedAt) = (new BrokerTransport(options with { Host = hub, DpsIdScope = null }, credentials), Clock.Now);
            }

            return problem is null ? null : problem with { Broker = connection.Broker };
        }
    }
}
