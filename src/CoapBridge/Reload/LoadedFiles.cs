using System.Security.Cryptography;
using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Gateway;
using CoapBridge.Identity;
using CoapBridge.Mqtt;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Relay;

namespace CoapBridge.Reload;

/// <summary>
/// What the files that a configuration names said at one time. Immutable; a reload makes another. Nobody disposes of its key
/// when another comes: a handshake that began with it may still need it.
/// </summary>
internal sealed class LoadedFiles
{
    /// <summary>Bytes of IPv6 and UDP headers, the larger of the two families.</summary>
    private const int HeaderBytes = 48;

    private LoadedFiles(BridgeOptions options, GatewayCredentials credentials, AccessPolicy policy, DeviceListFiles lists, DateTimeOffset time)
    {
        Lists = lists;
        _currentLists = CurrentLists(time);
        Options = options;
        Credentials = credentials;
        Policy = policy;
        DeviceRules = Digest(
            [.. credentials.CloudCaDer, .. credentials.ChainDer],
            $"{options.Devices.KeyUsage} {options.Devices.ExtendedKeyUsage} {options.Devices.Name} {options.Devices.StaleRevocationList} "
            + $"{options.Upstream.Host} {options.Upstream.ClientId} {lists.Digest} {_currentLists}");
        UpstreamTrust = Digest([.. credentials.ChainDer, .. credentials.BrokerCa.Select(ca => ca.RawData)], options.Identity.PrivateKey);
    }

    private readonly string _currentLists;

    public BridgeOptions Options { get; }

    public GatewayCredentials Credentials { get; }

    public AccessPolicy Policy { get; }

    public DeviceListFiles Lists { get; }

    /// <summary>Stands for everything that decides whether a certificate is a device's.</summary>
    public string DeviceRules { get; }

    /// <summary>Stands for the certificate that the broker sees and for whom we take for the broker.</summary>
    public string UpstreamTrust { get; }

    /// <summary>Loads and checks all files; null, with every reason in <paramref name="errors"/>, when something is wrong.</summary>
    public static LoadedFiles? Load(BridgeOptions options, DateTimeOffset time, ICollection<OptionsError> errors)
    {
        // Files are looked into even when other keys are wrong, so that one run tells everything; not when their own keys are.
        var pathsKnown = !errors.Any(error => error.Key.StartsWith("Identity", StringComparison.OrdinalIgnoreCase)
            || error.Key.Contains("ServerCa", StringComparison.OrdinalIgnoreCase) || error.Key == "--config");
        var credentials = pathsKnown ? GatewayCredentials.Load(options, errors) : null;
        var policy = errors.Any(error => error.Key is "Devices:Policy" or "Topics:Prefix" or "--config") ? null : PolicyFile.Load(options, errors);
        var before = errors.Count;
        var lists = DeviceListFiles.Load(options.Devices, credentials?.CloudCa, errors);
        if (credentials is not null && policy is not null && errors.Count == before)
        {
            return new LoadedFiles(options, credentials, policy, lists, time);
        }

        credentials?.Dispose();
        return null;
    }

    /// <summary>Every file that was read.</summary>
    public static IEnumerable<string> PathsOf(BridgeOptions options) => new[]
    {
        options.Identity.Certificate, options.Identity.PrivateKey, options.Identity.CloudCa, options.Upstream.ServerCa,
        options.Devices.Policy, options.Devices.Denied, options.Devices.Allowed,
    }.Concat(options.Devices.RevocationLists).OfType<string>().Where(path => !Pkcs11Key.IsUri(path)).Distinct();

    /// <summary>False when a revocation list has come to its end, or to its beginning, since the files were loaded.</summary>
    public bool HaveSameListsAt(DateTimeOffset time) => CurrentLists(time) == _currentLists;

    /// <summary>The revocation lists that are not valid at this time.</summary>
    public IEnumerable<RevocationList> StaleListsAt(DateTimeOffset time) =>
        Lists.Revocations.Where(list => time < list.ThisUpdate || time > list.NextUpdate);

    /// <summary>What a shard is to go by, the first time.</summary>
    /// <param name="tellsSecrets">The key log is on.</param>
    public Generation ToGeneration(bool tellsSecrets) => new()
    {
        Dtls = new DtlsSettings
        {
            Credentials = DtlsCredentials.FromEcdsa(Credentials.ChainDer, Credentials.Key),
            Verifier = new DevicePeerVerifier(RulesOf(Options, Credentials.CloudCa, Credentials.ChainDer, Lists)),
            CipherSuites = Options.Listen.CipherSuites,
            CertificateAuthorities = Credentials.CloudCaNames,
            ResumesSessions = true,
            RequireExtendedMasterSecret = Options.Listen.ExtendedMasterSecret == ExtendedMasterSecretUse.Require,
            TellsSecrets = tellsSecrets,
            InitialTimeout = Options.Listen.InitialTimeout,
            HandshakeTimeout = Options.Listen.HandshakeTimeout,
            IdleTimeout = Options.Listen.IdleTimeout,
            MaximumDatagram = Options.Listen.DatagramSize - HeaderBytes,
        },
        Relay = new RelaySettings
        {
            Gateway = Options.Upstream.ClientId,
            GatewayTopic = Options.Topics.Gateway, // without it there are no calls
            Routes = Options.Routes,
            HasMqtt5 = Options.Upstream is not MqttOptions { Version: MqttVersion.Mqtt311 },
            Policy = Policy,
            AckTimeout = Options.Upstream.AckTimeout,
        },
        Limits = Options.Devices.Limits,
    };

    /// <summary>The generation after <paramref name="before"/>: with its verifier if the rules are the same, so that nobody is judged again.</summary>
    public Generation ToGeneration(Generation before, LoadedFiles files)
    {
        var next = ToGeneration(before.Dtls.TellsSecrets) with { Number = before.Number + 1 };
        return files.DeviceRules == DeviceRules ? next with { Dtls = next.Dtls with { Verifier = before.Dtls.Verifier } } : next;
    }

    /// <summary>The rules for devices' certificates.</summary>
    public static DeviceCertificatePolicy RulesOf(BridgeOptions options, TrustAnchors anchors, IReadOnlyList<byte[]> own, DeviceListFiles lists) =>
        new(anchors, new DevicePolicySettings
        {
            KeyUsage = options.Devices.KeyUsage,
            ExtendedKeyUsage = options.Devices.ExtendedKeyUsage,
            Name = options.Devices.Name,
            ReservedNames = [options.Upstream.Host, .. options.Upstream.Endpoints.Select(broker => broker.Host), options.Upstream.ClientId],
            OwnCertificates = own,
            RevocationLists = lists.Revocations,
            StaleRevocationList = options.Devices.StaleRevocationList,
            Denied = lists.Denied,
            Allowed = lists.Allowed,
        });

    private string CurrentLists(DateTimeOffset time) =>
        string.Concat(Lists.Revocations.Select(list => time < list.ThisUpdate ? '-' : time > list.NextUpdate ? '+' : '='));

    private static string Digest(IEnumerable<byte[]> contents, string settings)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var content in contents)
        {
            digest.AppendData(SHA256.HashData(content));
        }

        digest.AppendData(Encoding.UTF8.GetBytes(settings));
        return Convert.ToHexStringLower(digest.GetCurrentHash());
    }
}
