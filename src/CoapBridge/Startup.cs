using System.Collections;
using CoapBridge.Identity;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Reload;
using CoapBridge.State;
using CoapBridge.Storage;
using CoapBridge.Telemetry;

namespace CoapBridge;

/// <summary>Everything that must be right before anything is started: options, certificates, sockets.</summary>
internal sealed class Startup : IDisposable
{
    private readonly (string File, IDictionary Environment, IReadOnlyList<string> Arguments) _sources;

    private Startup(
        LoadedFiles files, UdpDoor[] doors, OutboxClaim outbox, KeyLogFile? keyLog, (string File, IDictionary Environment, IReadOnlyList<string> Arguments) sources)
    {
        Files = files;
        Doors = doors;
        Outbox = outbox;
        KeyLog = keyLog;
        _sources = sources;
    }

    public LoadedFiles Files { get; }

    public BridgeOptions Options => Files.Options;

    public GatewayCredentials Credentials => Files.Credentials;

    public AccessPolicy Policy => Files.Policy;

    /// <summary>Nobody else has this file.</summary>
    public OutboxClaim Outbox { get; }

    /// <summary>Null unless the configuration asks for it.</summary>
    public KeyLogFile? KeyLog { get; }

    /// <summary>One per shard.</summary>
    public IReadOnlyList<UdpDoor> Doors { get; }

    /// <summary>Checks everything and binds the sockets; null, with every reason in <paramref name="errors"/>, when something is wrong.</summary>
    public static Startup? Prepare(string file, IDictionary environment, IEnumerable<string> arguments, ICollection<OptionsError> errors)
    {
        string[] settings = [.. arguments];
        var options = OptionsLoader.Load(file, environment, settings, errors);
        SystemTrust.Spare(options);
        var files = LoadedFiles.Load(options, DateTimeOffset.UtcNow, errors);
        if (options.State.MaxAge > TimeSpan.Zero && new StateFolder(options.State.Directory).CheckKey() is { } open)
        {
            errors.Add(open);
        }

        var keyLog = errors.Count > 0 ? null : KeyLogFile.Open(options.Listen.KeyLog, errors);
        if (errors.Count > 0 || files is null)
        {
            keyLog?.Dispose();
            files?.Credentials.Dispose();
            return null;
        }

        var outbox = new OutboxClaim(options.Outbox.File);
        if (outbox.Take() is { } problem)
        {
            errors.Add(new OptionsError("Outbox:File", problem, options.Outbox.File));
        }

        if (!UdpDoors.TryOpen(options.Listen.Endpoints, UdpDoors.ShardsFor(Environment.ProcessorCount), out var doors, out var fault))
        {
            errors.Add(new OptionsError("Listen:Endpoints", fault!.Problem, fault.EndPoint.ToString()));
        }

        var startup = new Startup(files, doors, outbox, keyLog, (file, environment, settings));
        if (errors.Count > 0)
        {
            startup.Dispose();
            return null;
        }

        return startup;
    }

    /// <summary>The configuration as it is now, from the same sources.</summary>
    public BridgeOptions ReadOptions(ICollection<OptionsError> errors) =>
        OptionsLoader.Load(_sources.File, _sources.Environment, _sources.Arguments, errors);

    public void Dispose()
    {
        foreach (var door in Doors)
        {
            door.Dispose();
        }

        Outbox.Dispose();
        KeyLog?.Dispose();
        Credentials.Dispose();
    }
}
