using System.Collections;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.State;
using CoapBridge.Telemetry;

namespace CoapBridge;

/// <summary>Everything that must be right before anything is started: options, certificates, sockets.</summary>
internal sealed class Startup : IDisposable
{
    private Startup(BridgeOptions options, GatewayCredentials credentials, AccessPolicy policy, UdpDoor[] doors, KeyLogFile? keyLog)
    {
        Options = options;
        Credentials = credentials;
        Policy = policy;
        Doors = doors;
        KeyLog = keyLog;
    }

    public BridgeOptions Options { get; }

    public GatewayCredentials Credentials { get; }

    public AccessPolicy Policy { get; }

    /// <summary>Null unless the configuration asks for it.</summary>
    public KeyLogFile? KeyLog { get; }

    /// <summary>One per shard.</summary>
    public IReadOnlyList<UdpDoor> Doors { get; }

    /// <summary>Checks everything and binds the sockets; null, with every reason in <paramref name="errors"/>, when something is wrong.</summary>
    public static Startup? Prepare(string file, IDictionary environment, IEnumerable<string> arguments, ICollection<OptionsError> errors)
    {
        var options = OptionsLoader.Load(file, environment, arguments, errors);

        // Files are looked into even when other keys are wrong, so that one run tells everything; not when their own keys are.
        var pathsKnown = !errors.Any(error => error.Key.StartsWith("Identity", StringComparison.OrdinalIgnoreCase)
            || error.Key.Contains("ServerCa", StringComparison.OrdinalIgnoreCase) || error.Key == "--config");
        var credentials = pathsKnown ? GatewayCredentials.Load(options, errors) : null;
        var policy = errors.Any(error => error.Key is "Devices:Policy" or "Topics:Prefix" or "--config") ? null : PolicyFile.Load(options, errors);
        if (options.State.MaxAge > TimeSpan.Zero && new StateFolder(options.State.Directory).CheckKey() is { } open)
        {
            errors.Add(open);
        }

        var keyLog = errors.Count > 0 ? null : KeyLogFile.Open(options.Listen.KeyLog, errors);
        if (errors.Count > 0 || credentials is null || policy is null)
        {
            keyLog?.Dispose();
            credentials?.Dispose();
            return null;
        }

        if (!UdpDoors.TryOpen(options.Listen.Endpoints, UdpDoors.ShardsFor(Environment.ProcessorCount), out var doors, out var fault))
        {
            errors.Add(new OptionsError("Listen:Endpoints", fault!.Problem, fault.EndPoint.ToString()));
            keyLog?.Dispose();
            credentials.Dispose();
            return null;
        }

        return new Startup(options, credentials, policy, doors, keyLog);
    }

    public void Dispose()
    {
        foreach (var door in Doors)
        {
            door.Dispose();
        }

        KeyLog?.Dispose();
        Credentials.Dispose();
    }
}
