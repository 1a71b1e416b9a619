using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Gateway.Sessions;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Relay;
using CoapBridge.Wire;

namespace CoapBridge.Simulation;

/// <summary>
/// A whole gateway with its broker and its devices in one thread and in virtual time. Everything that happens follows
/// from the seed; <see cref="TraceHash"/> tells two runs apart.
/// </summary>
public sealed partial class Scenario
{
    private static readonly PeerAddress GatewayAddress = PeerAddress.FromIPv4(0x0A000001, 5684);

    private static readonly AccessPolicy Policy = AccessPolicy.TryParse(
        """
        { "Version": "1", "Statement": [
          { "Effect": "Allow", "Action": ["Publish", "Retain", "Get", "Observe", "Command", "Call"], "Resource": ["devices/${device}/*"] } ] }
        """u8,
        out _)!;

    private readonly ScenarioSettings _settings;
    private readonly SeededEntropy _entropy;
    private readonly SeededKeys _keys;
    private readonly Random _random;
    private readonly Agenda _agenda;
    private Shard[] _shards;
    private ShardRouting _routing;
    private readonly List<SimulatedDevice> _devices = [];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<NetworkPath, Action<byte[]>> _sinks = [];
    private readonly Queue<string> _lastNotes = new();
    private readonly byte[] _cookieSecret = new byte[32];

    private Scenario(int seed, ScenarioSettings settings)
    {
        Seed = seed;
        _settings = settings;
        DeviceVerifier = settings.DeviceVerifier;
        _entropy = new SeededEntropy(seed);
        _keys = new SeededKeys(_entropy);
        _random = new Random(seed ^ 0x5eed);

        // Kestrel's trick: a clock that begins at zero hides mistakes.
        _agenda = new Agenda(new Instant(_random.NextInt64(1L << 40, 1L << 60)));
        Network = new SimulatedNetwork(seed, _agenda);
        Broker = new SimulatedBroker(_agenda);
        Link = CreateLink();
        _routing = new ShardRouting(settings.Shards, settings.ConnectionIdLength, _entropy);
        _shards = CreateShards(settings.Shards);
        Outbox = CreateOutbox(_settings.Shards);
        CommandDesk = CreateDesk(settings.Shards);
        Sessions = new SessionStore(settings.Sessions);
        Broker.Closed = () => Link.HandleDisconnected(Now);
        Settle();
    }

    public int Seed { get; }

    public Instant Now => _agenda.Now;

    public TimeSpan Elapsed => _agenda.Elapsed;

    public DateTimeOffset TimeOfDay => SimulatedPki.Created + Elapsed;

    public SimulatedNetwork Network { get; }

    public SimulatedBroker Broker { get; }

    public BrokerLink Link { get; private set; }

    /// <summary>The resumable sessions of all shards.</summary>
    public SessionStore Sessions { get; private set; }

    public IReadOnlyList<Shard> Shards => _shards;

    /// <summary>Judges devices; another one is asked after the next restart or reload.</summary>
    public IPeerVerifier DeviceVerifier { get; set; }

    /// <summary>The gateway refuses devices without RFC 7627; from the next start on.</summary>
    public bool RequiresExtendedMasterSecret { get; set; }

    /// <summary>Sees every datagram that the gateway sends.</summary>
    public Action<NetworkPath, byte[]> Sending { get; set; } = (_, _) => { };

    /// <summary>What the owner after the last shard hears, the command desk; null: nobody has its number.</summary>
    public Action<Delivery>? Desk { get; set; }

    /// <summary>What the shards told, in order.</summary>
    public List<GatewayEvent> Events { get; } = [];

    public List<BrokerEvent> BrokerEvents { get; } = [];

    /// <summary>Datagrams that came to another shard's socket than their owner's.</summary>
    public int HandedOver { get; private set; }

    public int Connections => _shards.Sum(shard => shard.ConnectionCount);

    public int Handshakes => _shards.Sum(shard => shard.HandshakeCount);

    public bool IsDrained => _shards.All(shard => shard.IsDrained) && Link.IsDrained;

    /// <summary>A digest of all that happened so far.</summary>
    public string TraceHash => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public static Scenario Create(int seed, ScenarioSettings? settings = null) => new(seed, settings ?? new ScenarioSettings());

    public Scenario Loss(double chance) => With(network => network.Loss = chance);

    public Scenario Duplicate(double chance) => With(network => network.Duplication = chance);

    public Scenario Reorder(double chance) => With(network => network.Reordering = chance);

    public Scenario Mtu(int bytes) => With(network => network.Mtu = bytes);

    /// <summary>A new device at an address of its own, which begins to connect at once.</summary>
    /// <param name="name">The CN of its certificate.</param>
    /// <param name="adapt">Changes what its DTLS client is told.</param>
    /// <param name="connectionId">What it wants in records to it; empty: nothing, but it will use the gateway's; null: no Connection IDs.</param>
    public SimulatedDevice AddDevice(string? name = null, Func<DtlsSettings, DtlsSettings>? adapt = null, byte[]? connectionId = null) =>
        AddDevice(name ?? $"device-{_devices.Count + 1}", PathOf(_devices.Count + 1), adapt, connectionId);

    /// <summary>A device that uses another one's address and hears what that one hears.</summary>
    public SimulatedDevice AddImpostor(SimulatedDevice victim) => AddDevice("impostor", victim.Path, null, null);

    private SimulatedDevice AddDevice(string name, NetworkPath path, Func<DtlsSettings, DtlsSettings>? adapt, byte[]? connectionId)
    {
        var settings = new DtlsSettings
        {
            Credentials = SeededKeys.Credentials(SimulatedPki.Device(name)),
            Verifier = new GatewayVerifier(),
            CreateEphemeralKey = _keys.CreateEphemeralKey,
            MaximumDatagram = Math.Min(_settings.MaximumDatagram, Network.Mtu),
        };
        var device = new SimulatedDevice(this, name, path, adapt?.Invoke(settings) ?? settings, _entropy, connectionId);
        _devices.Add(device);
        var others = _sinks.GetValueOrDefault(path);
        Listen(path, datagram =>
        {
            others?.Invoke([.. datagram]);
            device.HandleDatagram(datagram);
        });
        Settle();
        return device;
    }

    /// <summary>A device that is connected, on a network without faults.</summary>
    public SimulatedDevice AddConnectedDevice(string? name = null, byte[]? connectionId = null)
    {
        var device = AddDevice(name, connectionId: connectionId);
        RunUntil(() => device.IsConnected && Link.IsConnected, TimeSpan.FromSeconds(30));
        return device.IsConnected ? device : throw Failure($"{device.Name} did not connect");
    }

    /// <summary>An address that belongs to no device.</summary>
    public static NetworkPath PathOf(int number) => new(PeerAddress.FromIPv4(0x0A000100 + (uint)number, 40_000), GatewayAddress);

    /// <summary>A datagram of anybody's, with any source address.</summary>
    public void SendToGateway(NetworkPath path, byte[] datagram)
    {
        Note($"{path.Remote} > {datagram.Length}");
        Network.Send(toGateway: true, datagram, arrived => HandleDatagram(path, arrived));
    }

    /// <summary>What the gateway sends to an address goes here instead of to a device.</summary>
    public void Listen(NetworkPath path, Action<byte[]> sink) => _sinks[path] = sink;

    public void In(TimeSpan delay, Action action) => _agenda.In(delay, action);

    /// <summary>Another generation, made from the one in force, for every shard.</summary>
    public void Reload(Func<Generation, Generation> change)
    {
        var before = _shards[0].Generation;
        var next = change(before) with { Number = before.Number + 1 };
        DeviceVerifier = next.Dtls.Verifier;
        Note($"generation {next.Number}");
        foreach (var shard in _shards)
        {
            shard.HandleGeneration(Now, next);
        }

        Settle();
    }

    /// <summary>Other rules for devices' certificates.</summary>
    public void Reload(IPeerVerifier verifier) => Reload(before => before with { Dtls = before.Dtls with { Verifier = verifier } });

    public void BeginDrain(TimeSpan limit)
    {
        foreach (var shard in _shards)
        {
            shard.BeginDrain(Now, limit);
        }

        Outbox.BeginDrain(Now);

        Settle();
    }

    /// <summary>An exception that says how to see this run again.</summary>
    public InvalidOperationException Failure(string what) => new(
        $"seed {Seed}, {Elapsed.TotalSeconds:0.000} s: {what}{Environment.NewLine}{string.Join(Environment.NewLine, _lastNotes)}");

    internal void Note(string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{Elapsed.TotalSeconds:0.0000} {what}");
        _hash.AppendData(Encoding.UTF8.GetBytes(line));
        _lastNotes.Enqueue(line);
        if (_lastNotes.Count > 40)
        {
            _lastNotes.Dequeue();
        }
    }

    private BrokerLink CreateLink() =>
        new(new MqttClientOptions("gateway-1", TimeSpan.FromSeconds(60)) { SessionExpiry = TimeSpan.FromDays(1) }, _entropy);

    private Scenario With(Action<SimulatedNetwork> change)
    {
        change(Network);
        return this;
    }

    private Shard[] CreateShards(int count)
    {
        _entropy.Fill(_cookieSecret);
        Shard[] shards = [.. Enumerable.Range(0, count).Select(number => new Shard(ShardSettingsOf(number, count), _entropy))];
        TellTimeOfDay(shards);
        return shards;
    }

    private void TellTimeOfDay(Shard[] shards)
    {
        foreach (var shard in shards)
        {
            shard.HandleTimeOfDay(Now, TimeOfDay);
        }
    }

    /// <summary>What one of several shards is told.</summary>
    public ShardSettings ShardSettingsOf(int number, int count) => new()
    {
        Shard = number,
        Shards = count,
        ConnectionIdLength = _settings.ConnectionIdLength,
        Generation = new Generation
        {
            Dtls = new DtlsSettings
            {
                Credentials = SeededKeys.Credentials(SimulatedPki.Gateway),
                Verifier = DeviceVerifier,
                CreateEphemeralKey = _keys.CreateEphemeralKey,
                MaximumDatagram = _settings.MaximumDatagram,
                ResumesSessions = true,
                RequireExtendedMasterSecret = RequiresExtendedMasterSecret,
            },
            Relay = new RelaySettings { Gateway = "gateway-1", Policy = Policy, Routes = _settings.Routes, AckTimeout = _settings.AckTimeout },
        },
        HelloVerifier = new HelloVerifier(_cookieSecret),
        MaximumHandshakes = _settings.MaximumHandshakes,
        MaximumConnections = _settings.MaximumConnections,
        MaximumWork = _settings.MaximumWork,
    };
}
