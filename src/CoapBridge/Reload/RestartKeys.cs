using System.Globalization;
using CoapBridge.Options;

namespace CoapBridge.Reload;

/// <summary>The keys that are read once, at the start: a reload leaves them as they are and names those that have changed.</summary>
internal static class RestartKeys
{
    private static readonly (string Key, Func<BridgeOptions, object?> Value)[] _keys =
    [
        ("Listen:Endpoints", options => string.Join(' ', options.Listen.Endpoints)),
        ("Listen:ConnectionIdLength", options => options.Listen.ConnectionIdLength),
        ("Listen:MaxConnections", options => options.Listen.MaxConnections),
        ("Listen:KeyLog", options => options.Listen.KeyLog),
        ("Devices:MaxConnectionsPerDevice", options => options.Devices.MaxConnectionsPerDevice),
        ("Upstream:Mqtt:Host", options => options.Mqtt.Host),
        ("Upstream:Mqtt:Port", options => options.Mqtt.Port),
        ("Upstream:Mqtt:Endpoints", options => string.Join(' ', options.Mqtt.Endpoints)),
        ("Upstream:Mqtt:FailBack", options => options.Mqtt.FailBack),
        ("Upstream:Mqtt:Version", options => options.Mqtt.Version),
        ("Upstream:Mqtt:Alpn", options => options.Mqtt.Alpn),
        ("Upstream:Mqtt:Proxy", options => options.Mqtt.Proxy is { } proxy ? $"{proxy} {proxy.Credentials}" : null),
        ("Upstream:Mqtt:ClientId", options => options.Mqtt.ClientId),
        ("Upstream:Mqtt:KeepAlive", options => options.Mqtt.KeepAlive),
        ("Topics:Prefix", options => options.Topics.Prefix),
        ("Commands:Linger", options => options.Commands.Linger),
        ("Outbox:File", options => options.Outbox.File),
        ("Outbox:MaxBytes", options => options.Outbox.MaxBytes),
        ("Outbox:MaxAge", options => options.Outbox.MaxAge),
        ("State:Directory", options => options.State.Directory),
        ("State:MaxAge", options => options.State.MaxAge),
        ("Admin:Listen", options => options.Admin.Listen.ToString()),
    ];

    /// <summary>The keys among them that differ.</summary>
    public static IReadOnlyList<string> Changed(BridgeOptions before, BridgeOptions after) =>
        [.. _keys.Where(key => Text(key.Value(before)) != Text(key.Value(after))).Select(key => key.Key)];

    /// <summary>The new options, but for what only a restart can change.</summary>
    public static BridgeOptions Keep(BridgeOptions before, BridgeOptions after) => after with
    {
        Listen = after.Listen with
        {
            Endpoints = before.Listen.Endpoints,
            ConnectionIdLength = before.Listen.ConnectionIdLength,
            MaxConnections = before.Listen.MaxConnections,
            KeyLog = before.Listen.KeyLog,
        },
        Devices = after.Devices with { MaxConnectionsPerDevice = before.Devices.MaxConnectionsPerDevice },
        Mqtt = before.Mqtt with { ServerCa = after.Mqtt.ServerCa, AckTimeout = after.Mqtt.AckTimeout },
        Topics = before.Topics,
        Routes = after.Topics == before.Topics ? after.Routes : before.Routes, // compiled with the prefix
        Commands = before.Commands,
        Outbox = before.Outbox,
        State = before.State,
        Admin = before.Admin,
    };

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}
