using System.Globalization;
using CoapBridge.Options;

namespace CoapBridge.Reload;

/// <summary>The keys that are read once, at the start: a reload leaves them as they are and names those that have changed.</summary>
internal static class RestartKeys
{
    private static readonly string[] _sections = ["Upstream:Mqtt", "Upstream:Amqp"];

    private static readonly (string Key, Func<BridgeOptions, object?> Value)[] _keys =
    [
        ("Listen:Endpoints", options => string.Join(' ', options.Listen.Endpoints)),
        ("Listen:ConnectionIdLength", options => options.Listen.ConnectionIdLength),
        ("Listen:MaxConnections", options => options.Listen.MaxConnections),
        ("Listen:KeyLog", options => options.Listen.KeyLog),
        ("Devices:MaxConnectionsPerDevice", options => options.Devices.MaxConnectionsPerDevice),
        .. Upstream("Host", upstream => upstream.Host),
        .. Upstream("Port", upstream => upstream.Port),
        .. Upstream("Endpoints", upstream => string.Join(' ', upstream.Endpoints)),
        .. Upstream("FailBack", upstream => upstream.FailBack),
        .. Upstream("Proxy", upstream => upstream.Proxy is { } proxy ? $"{proxy} {proxy.Credentials}" : null),
        .. Upstream("ClientId", upstream => upstream.ClientId),
        .. Upstream("AllowWildcard", upstream => upstream.AllowWildcard),
        ("Upstream:Mqtt:UserName", options => options.Upstream.UserName),
        ("Upstream:Mqtt:DpsIdScope", options => (options.Upstream as MqttOptions)?.DpsIdScope),
        ("Upstream:Mqtt:Version", options => (options.Upstream as MqttOptions)?.Version),
        ("Upstream:Mqtt:Alpn", options => options.Upstream.Alpn),
        ("Upstream:Mqtt:KeepAlive", options => (options.Upstream as MqttOptions)?.KeepAlive),
        ("Upstream:Amqp:VirtualHost", options => (options.Upstream as AmqpOptions)?.VirtualHost),
        ("Upstream:Amqp:Exchange", options => (options.Upstream as AmqpOptions)?.Exchange),
        ("Topics:Prefix", options => options.Topics.Prefix),
        ("Topics:Gateway", options => options.Topics.Gateway),
        ("Topics:MaxLevels", options => options.Topics.Limits.Levels),
        ("Topics:MaxLength", options => options.Topics.Limits.Octets),
        ("Routes (Commands with Filter)", options => string.Join(' ', options.Routes.CommandSources)),
        ("Commands:Linger", options => options.Commands.Linger),
        ("Outbox:File", options => options.Outbox.File),
        ("Outbox:MaxBytes", options => options.Outbox.MaxBytes),
        ("Outbox:MaxAge", options => options.Outbox.MaxAge),
        ("State:Directory", options => options.State.Directory),
        ("State:MaxAge", options => options.State.MaxAge),
        ("Admin:Listen", options => options.Admin.Listen.ToString()),
        ("Telemetry:Otlp:Endpoint", options => options.Otlp.Endpoint),
        ("Telemetry:Otlp:Interval", options => options.Otlp.Interval),
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
        Upstream = before.Upstream with { ServerCa = after.Upstream.ServerCa, AckTimeout = after.Upstream.AckTimeout },
        Topics = before.Topics,
        // Compiled with the prefix; and the filters that all devices share are subscribed to once, at the start.
        Routes = after.Topics == before.Topics && after.Routes.CommandSources.SequenceEqual(before.Routes.CommandSources) ? after.Routes : before.Routes,
        Commands = before.Commands,
        Outbox = before.Outbox,
        State = before.State,
        Admin = before.Admin,
        Otlp = before.Otlp,
    };

    /// <summary>A key that both sections have; it differs too when there is the other section now.</summary>
    private static IEnumerable<(string Key, Func<BridgeOptions, object?> Value)> Upstream(string key, Func<UpstreamOptions, object?> value) =>
        _sections.Select<string, (string, Func<BridgeOptions, object?>)>(section =>
            ($"{section}:{key}", options => options.Upstream.Section == section ? value(options.Upstream) : null));

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}
