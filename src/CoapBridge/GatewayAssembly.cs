using System.Diagnostics.Metrics;
using CoapBridge.Admin;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Outbox;
using CoapBridge.Reload;
using CoapBridge.Relay;
using CoapBridge.Shards;
using CoapBridge.State;
using CoapBridge.Status;
using CoapBridge.Telemetry;
using CoapBridge.Upstream;
using CoapBridge.Upstream.Amqp;
using CoapBridge.Wire;
using Microsoft.Extensions.Logging;

namespace CoapBridge;

/// <summary>Puts the rooms together as the configuration says: shards, their threads, and the way to the broker.</summary>
internal sealed class GatewayAssembly : IAsyncDisposable
{
    /// <summary>How long the broker keeps what was sent to devices while the way to it is broken.</summary>
    private static readonly TimeSpan _sessionExpiry = TimeSpan.FromDays(1);

    /// <summary>For what a shard does at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>For writing out all connections of a shard: 100,000 on a small board take seconds.</summary>
    private static readonly TimeSpan SavePatience = TimeSpan.FromSeconds(5);

    private readonly ShardGroup _shards;
    private readonly IUpstream _broker;
    private readonly ConnectionStore _store;
    private LoadedFiles _files;
    private Generation _generation;

    private GatewayAssembly(
        ShardGroup shards, IUpstream broker, ConnectionStore store, LoopPulses pulses, LoadedFiles files, Generation generation)
    {
        _files = files;
        _generation = generation;
        _store = store;
        _shards = shards;
        _broker = broker;
        Pulses = pulses;
    }

    public LoopPulses Pulses { get; }

    public required BrokerCertificateEnd BrokerCertificate { get; init; }

    /// <summary>For whoever only looks.</summary>
    public ShardGroup Shards => _shards;

    /// <summary>How the way to the broker stands.</summary>
    public required UpstreamJournal Journal { get; init; }

    /// <summary>Completes when going on makes no sense.</summary>
    public Task Broken => Task.WhenAny(_shards.Broken, _broker.Running);

    public static GatewayAssembly Create(
        Startup startup, ILoggerFactory logs, GatewayMetrics metrics, Readiness readiness, LoopPulses pulses)
    {
        var options = startup.Options;
        var entropy = new SystemEntropy();
        var upstreamLog = logs.CreateLogger("CoapBridge.Upstream");
        var certificate = new BrokerCertificateEnd(readiness, upstreamLog);
        certificate.Observe(metrics);
        var journal = new UpstreamJournal(new BrokerAddress(options.Upstream.Host, options.Upstream.Port).ToString(), TimeProvider.System);
        UpstreamMetrics.Observe(metrics, journal);
        var events = new BrokerEventLog(upstreamLog, metrics, readiness, certificate, journal, options.Upstream);
        var broker = Upstream(options, startup.Credentials, events, new AmqpEventLog(upstreamLog, events, readiness), pulses.Broker, entropy);
        var secret = new byte[32];
        entropy.Fill(secret);
        var settings = Settings(startup, new HelloVerifier(secret));
        var shards = startup.Doors.Select((_, number) => new Shard(settings with { Shard = number }, entropy)).ToArray();
        var group = new ShardGroup(
            shards, new ShardRouting(shards.Length, settings.ConnectionIdLength, entropy), startup.Doors, broker.Inbox, pulses,
            Sessions(startup.Options), Desk(options, shards.Length, entropy), Outbox(options, shards.Length),
            startup.Outbox, text => readiness.Alarm(Readiness.Area.Outbox, text), metrics, startup.KeyLog, logs.CreateLogger("CoapBridge.Devices"));
        ShardMetrics.Observe(metrics, group);
        OutboxMetrics.Observe(metrics, group.Outbox);
        metrics.Observe("coapbridge.mqtt.deliveries.dropped", "{message}", "Messages of QoS 0 for devices that were dropped because their shard was behind.", () =>
            [new Measurement<long>(broker.DroppedDeliveries)]);
        var store = new ConnectionStore(options.State, settings, entropy, metrics, logs.CreateLogger("CoapBridge.Host"), () => SystemTime.Now);
        return new GatewayAssembly(group, broker, store, pulses, startup.Files, settings.Generation) { BrokerCertificate = certificate, Journal = journal };
    }

    public void Start()
    {
        // Before the first record is sent, so that no connection can be taken up twice.
        _store.TakeUp([.. _shards.Loops.Select(loop => loop.Shard)], _shards.Routing);
        _shards.Start();
        _broker.Start(_shards);
    }

    /// <summary>Other certificates, rules or policies are in force from now on, as the generation of this number. Called by one thread at a time.</summary>
    public int Use(LoadedFiles files)
    {
        _generation = files.ToGeneration(_generation, _files);
        if (files.UpstreamTrust != _files.UpstreamTrust)
        {
            _broker.Renew(files);
        }

        _files = files;
        _shards.PostSurely(ShardMail.Of(_generation));
        return _generation.Number;
    }

    /// <summary>An operator's order; false when there is no room for it.</summary>
    public bool TryPost(OutboxRequest request) => _shards.Outbox.TryPost(OutboxMail.Of(request));

    public void SetClock(bool isRight) => _shards.PostToAll(ShardMail.Clock(isRight));

    /// <summary>First the devices, whose answers need the broker; then the broker. True when all was done in time.</summary>
    /// <param name="devices">How long open requests may take.</param>
    /// <param name="broker">How long the way to the broker may take to close.</param>
    /// <param name="save">Keep the connections for the next run, if that is not turned off.</param>
    public async Task<bool> DrainAsync(TimeSpan devices, TimeSpan broker, bool save)
    {
        var saves = save && _store.IsOn;
        var drained = await (saves ? _shards.HandOverAsync(devices) : _shards.DrainAsync(devices)).ConfigureAwait(false);
        var brokerEnds = _broker.DrainAsync(broker);
        if (saves)
        {
            drained &= await SaveAsync().ConfigureAwait(false);
        }

        await brokerEnds.ConfigureAwait(false);
        return drained;
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync().ConfigureAwait(false);
        _shards.Dispose();
    }

    /// <summary>Saves every connection, or closes it: none is left hanging.</summary>
    private async Task<bool> SaveAsync()
    {
        var connections = await _shards.SaveAsync(SavePatience).ConfigureAwait(false);
        var outcome = connections is null ? SaveOutcome.Failed : await Task.Run(() => _store.Save(connections)).ConfigureAwait(false);
        return outcome == SaveOutcome.Failed ? await _shards.CloseSavedAsync(Patience).ConfigureAwait(false) : outcome == SaveOutcome.Saved;
    }

    private static IUpstream Upstream(
        BridgeOptions configured, GatewayCredentials credentials, BrokerEventLog events, AmqpEventLog amqpEvents, LoopPulse pulse, IEntropy entropy)
    {
        var brokers = new BrokerChoice(configured.Upstream, credentials);
        if (configured.Upstream is AmqpOptions amqp)
        {
            return new AmqpDriver(new AmqpLink(entropy), brokers, amqp, amqpEvents, pulse);
        }

        var options = (MqttOptions)configured.Upstream;
        var client = new MqttClientOptions(options.ClientId, options.KeepAlive)
        {
            Version = options.Version, SessionExpiry = _sessionExpiry, ServerTopics = configured.Routes.CommandSources.Count > 0 ? [CommandSource.ServerTopics] : [],
        };
        return new BrokerDriver(new BrokerLink(GatewayStatus.WithStatus(client, configured.Topics.Gateway), entropy), brokers, events, pulse);
    }

    private static ShardSettings Settings(Startup startup, HelloVerifier verifier)
    {
        var options = startup.Options;
        return new ShardSettings
        {
            Shard = 0,
            Shards = startup.Doors.Count,
            ConnectionIdLength = options.Listen.ConnectionIdLength,
            HelloVerifier = verifier,
            MaximumConnections = Math.Max(1, options.Listen.MaxConnections / startup.Doors.Count),
            Generation = startup.Files.ToGeneration(tellsSecrets: startup.KeyLog is not null),
        };
    }

    /// <summary>Its number as an owner of subscriptions is that after the last shard's.</summary>
    private static CommandDesk Desk(BridgeOptions options, int shards, IEntropy entropy) =>
        new(
        new CommandDeskSettings
        {
            Linger = options.Commands.Linger, Sources = options.Routes.CommandSources, SharedFilter = options.Routes.Commands?.SharedFilter,
        },
        shards, entropy);

    /// <summary>Its number as a publisher is that after the last shard's.</summary>
    private static OutboxDesk Outbox(BridgeOptions options, int shards) => new(
        new OutboxSettings { MaximumBytes = options.Outbox.MaxBytes, MaximumAge = options.Outbox.MaxAge, Patience = options.Upstream.AckTimeout / 2 }, shards);

    /// <summary>Room for a session of each connection, within the same bounds.</summary>
    private static SessionStore Sessions(BridgeOptions options) => new(new SessionStoreSettings
    {
        Capacity = options.Listen.MaxConnections,
        CapacityPerDevice = options.Devices.MaxConnectionsPerDevice,
        ConnectionsPerDevice = options.Devices.MaxConnectionsPerDevice,
    });
}
