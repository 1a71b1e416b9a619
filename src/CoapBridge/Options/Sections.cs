using System.Net;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Relay;
using CoapBridge.Upstream.Amqp;

namespace CoapBridge.Options;

/// <summary>Every key of the configuration with its rule and its default, section by section.</summary>
internal static class Sections
{
    /// <summary>The keys that are in force.</summary>
    public static BridgeOptions Read(SettingsReader reader, string file, string? stateDirectory)
    {
        var folder = Path.GetDirectoryName(file)!;
        var state = State(reader, folder, stateDirectory);
        var upstream = UpstreamSection.Read(reader, folder);
        var topics = Topics(reader, upstream);
        return new BridgeOptions
        {
            File = file,
            Identity = Identity(reader, folder),
            Listen = Listen(reader, folder),
            Devices = Devices(reader, folder),
            Upstream = upstream,
            Topics = topics,
            Routes = Routes.Read(reader, topics, upstream),
            Commands = new CommandsOptions(reader.Value("Commands:Linger", Rule.Span(TimeSpan.Zero, TimeSpan.FromDays(365)), TimeSpan.FromDays(1))),
            Outbox = new OutboxOptions(
                reader.Value("Outbox:File", Rule.PathFrom(state), Path.Combine(state, "outbox.db")),
                reader.Value("Outbox:MaxBytes", Rule.Whole(0, int.MaxValue), 268_435_456),
                reader.Value("Outbox:MaxAge", Rule.Span(TimeSpan.FromMinutes(1), TimeSpan.FromDays(365)), TimeSpan.FromDays(7))),
            State = new StateOptions(
                state,
                reader.Value("State:MaxAge", Rule.Span(TimeSpan.Zero, TimeSpan.FromDays(1)), TimeSpan.FromHours(1))),
            Admin = new AdminOptions(reader.Value("Admin:Listen", Rule.EndPoint, new IPEndPoint(IPAddress.Loopback, 9464))),
            Otlp = new OtlpOptions(
                reader.Value("Telemetry:Otlp:Endpoint", OtlpOptions.Parse, null),
                reader.Value("Telemetry:Otlp:Interval", Rule.Span(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), TimeSpan.FromMinutes(1))),
        };
    }

    private static IdentityOptions Identity(SettingsReader reader, string folder)
    {
        var path = Rule.PathFrom(folder);
        return new IdentityOptions(
            reader.Value("Identity:Certificate", path, Path.Combine(folder, "gateway.pem")),
            reader.Value(
                "Identity:PrivateKey",
                text => Pkcs11Key.IsUri(text) ? new(text) : path(text),
                Path.Combine(folder, "gateway.key")),
            reader.Value("Identity:CloudCa", path, Path.Combine(folder, "cloud-ca.pem")));
    }

    private static ListenOptions Listen(SettingsReader reader, string folder)
    {
        var initialTimeout = reader.Value("Listen:InitialTimeout", Rule.Span(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)), TimeSpan.FromSeconds(1));
        return new ListenOptions
        {
            Endpoints = EndPoints(reader),
            CipherSuites = CipherSuites(reader),
            ExtendedMasterSecret = reader.Value("Listen:ExtendedMasterSecret", Rule.OneOf<ExtendedMasterSecretUse>(), ExtendedMasterSecretUse.Prefer),
            ConnectionIdLength = reader.Value("Listen:ConnectionIdLength", ConnectionIdLength, 8),
            InitialTimeout = initialTimeout,
            HandshakeTimeout = reader.Value("Listen:HandshakeTimeout", Rule.Span(initialTimeout, TimeSpan.FromHours(1)), TimeSpan.FromSeconds(150)),
            IdleTimeout = reader.Value("Listen:IdleTimeout", Rule.Span(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)), TimeSpan.FromDays(1)),
            MaxConnections = reader.Value("Listen:MaxConnections", Rule.Whole(1, 10_000_000), 100_000),
            KeyLog = reader.Value<string?>("Listen:KeyLog", text => Rule.PathFrom(folder)(text)!, null),
            DatagramSize = reader.Value("Listen:DatagramSize", Rule.Whole(512, 9_000), 1_280),
        };
    }

    private static IReadOnlyList<IPEndPoint> EndPoints(SettingsReader reader)
    {
        var taken = new List<IPEndPoint>();
        var endpoints = reader.List(
            "Listen:Endpoints",
            text =>
            {
                var result = Rule.EndPoint(text);
                if (result.Value is not { } endpoint)
                {
                    return result;
                }

                if (taken.Find(other => Overlap(other, endpoint)) is { } other)
                {
                    return new(null, $"overlaps with {other}; list each address and port once");
                }

                taken.Add(endpoint);
                return result;
            },
            [new(IPAddress.Any, 5684), new(IPAddress.IPv6Any, 5684)]);
        reader.RefuseEmpty("Listen:Endpoints", "needs at least one endpoint, like 0.0.0.0:5684");
        return endpoints;
    }

    private static bool Overlap(IPEndPoint left, IPEndPoint right) =>
        left.Port == right.Port && left.Port != 0 && left.AddressFamily == right.AddressFamily
        && (left.Address.Equals(right.Address) || IsAny(left) || IsAny(right));

    private static bool IsAny(IPEndPoint endpoint) => endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any);

    private static IReadOnlyList<DtlsCipherSuite> CipherSuites(SettingsReader reader)
    {
        var known = Enum.GetValues<DtlsCipherSuite>().ToDictionary(suite => suite.ToIanaName());
        var names = string.Join(", ", known.Keys);
        var suites = reader.List(
            "Listen:CipherSuites",
            text => known.TryGetValue(text, out var suite) ? new(suite) : new Checked<DtlsCipherSuite>(default, $"must be one of {names}"),
            [DtlsCipherSuite.EcdheEcdsaWithAes128Ccm8]);
        reader.RefuseEmpty("Listen:CipherSuites", $"needs at least one suite: {names}");
        return [.. suites.Distinct()];
    }

    private static Checked<int> ConnectionIdLength(string text)
    {
        var length = Rule.Whole(0, 20)(text);
        return length.Problem is not null || length.Value is > 0 and < 4 ? new(0, "must be 0 (off) or 4 to 20") : length;
    }

    private static DevicesOptions Devices(SettingsReader reader, string folder)
    {
        var path = Rule.PathFrom(folder);
        string? File(string key) => reader.Value<string?>(key, text => path(text)!, null);
        return new DevicesOptions
        {
            KeyUsage = reader.Value("Devices:KeyUsage", Rule.OneOf<ExtensionDemand>(), ExtensionDemand.Required),
            ExtendedKeyUsage = reader.Value("Devices:ExtendedKeyUsage", Rule.OneOf<ExtensionDemand>(), ExtensionDemand.IfPresent),
            Name = reader.Value("Devices:Name", Rule.OneOf<DeviceNameSource>(), DeviceNameSource.CommonName),
            RevocationLists = reader.List("Devices:RevocationLists", path, []),
            StaleRevocationList = reader.Value("Devices:StaleRevocationList", Rule.OneOf<StaleListUse>(), StaleListUse.Refuse),
            Denied = File("Devices:Denied"),
            Allowed = File("Devices:Allowed"),
            Policy = File("Devices:Policy") ?? ShippedUnless(Path.Combine(folder, "policy.json")),
            MaxConnectionsPerDevice = reader.Value("Devices:MaxConnectionsPerDevice", Rule.Whole(1, 1_000), 4),
            Limits = new RequestLimits(
                reader.Value("Devices:Limits:MessagesPerSecond", Rule.Whole(1, 1_000_000), 50),
                reader.Value("Devices:Limits:BytesPerSecond", Rule.Whole(1, 1_000_000_000), 65_536),
                reader.Value("Devices:Limits:Burst", Rule.Whole(1, 1_000_000), 200)),
        };
    }

    /// <summary>Without the key, a policy.json beside the configuration is used, and without that file the shipped policy.</summary>
    private static string? ShippedUnless(string file) => Path.Exists(file) ? file : null;

    private static TopicsOptions Topics(SettingsReader reader, UpstreamOptions upstream)
    {
        var gateway = reader.Value("Topics:Gateway", Rule.TopicPrefix, "gateways/{ClientId}").Replace("{ClientId}", upstream.ClientId, StringComparison.Ordinal);
        var limits = new TopicLimits(
            reader.Value("Topics:MaxLevels", Rule.Whole(2, 128), TopicLimits.Mqtt.Levels), reader.Value("Topics:MaxLength", Rule.Whole(16, 65_535), TopicLimits.Mqtt.Octets));
        return new TopicsOptions(
            reader.Value("Topics:Prefix", Rule.TopicPrefix, "devices"),
            gateway == "none" ? null : gateway,
            upstream is AmqpOptions ? RoutingKey.Within(limits) : limits);
    }

    private static string State(SettingsReader reader, string folder, string? stateDirectory)
    {
        // systemd separates several directories with colons; the first is ours.
        var fallback = stateDirectory is { Length: > 0 } ? stateDirectory.Split(':')[0] : PackagedState(folder) ?? folder;
        return reader.Value("State:Directory", Rule.PathFrom(folder), Path.GetFullPath(fallback, folder));
    }

    /// <summary>systemd tells only the service where its state is; a person's commands must find the same place.</summary>
    private static string? PackagedState(string folder) =>
        folder == "/etc/coapbridge" && Directory.Exists("/var/lib/coapbridge") ? "/var/lib/coapbridge" : null;
}
