using System.Text;
using CoapBridge.Mqtt;

namespace CoapBridge.Options;

/// <summary>Section <c>Upstream</c>: it holds either <c>Mqtt</c> or <c>Amqp</c>.</summary>
internal static class UpstreamSection
{
    public static UpstreamOptions Read(SettingsReader reader, string folder)
    {
        if (!reader.HasSection("Upstream:Amqp"))
        {
            return Mqtt(reader, folder);
        }

        var amqp = Amqp(reader, folder);
        if (reader.HasSection("Upstream:Mqtt"))
        {
            Mqtt(reader, folder); // for what else is wrong with it
            reader.Refuse(new OptionsError("Upstream", "has both Mqtt and Amqp, but there is one broker; leave one of the two sections out"));
        }

        return amqp;
    }

    private static MqttOptions Mqtt(SettingsReader reader, string folder)
    {
        var options = MqttKeys(reader, folder);
        if (options is { DpsIdScope: not null, Endpoints.Count: > 0 })
        {
            reader.Refuse(new OptionsError("Upstream:Mqtt:Endpoints", "must be left out with DpsIdScope, which says where the one hub is", string.Join(", ", options.Endpoints)));
        }

        return options;
    }

    private static MqttOptions MqttKeys(SettingsReader reader, string folder) => new()
    {
        Host = Host(reader, "Upstream:Mqtt"),
        Port = reader.Value("Upstream:Mqtt:Port", Rule.Whole(1, 65_535), 8_883),
        Endpoints = Endpoints(reader, "Upstream:Mqtt"),
        FailBack = FailBack(reader, "Upstream:Mqtt"),
        ServerCa = ServerCa(reader, "Upstream:Mqtt", folder),
        AllowWildcard = reader.Value("Upstream:Mqtt:AllowWildcard", Rule.Flag, false),
        UserName = reader.Value<string?>("Upstream:Mqtt:UserName", UserName, null),
        DpsIdScope = reader.Value<string?>("Upstream:Mqtt:DpsIdScope", DpsIdScope, null),
        Version = reader.Value("Upstream:Mqtt:Version", Version, MqttVersion.Mqtt5),
        Alpn = reader.Value<string?>("Upstream:Mqtt:Alpn", Alpn, null),
        Proxy = reader.Value("Upstream:Mqtt:Proxy", ProxyOptions.Parse, null),
        ClientId = reader.Value("Upstream:Mqtt:ClientId", Rule.ClientId, "gateway-1"),
        KeepAlive = reader.Value("Upstream:Mqtt:KeepAlive", KeepAlive, TimeSpan.FromMinutes(1)),
        AckTimeout = AckTimeout(reader, "Upstream:Mqtt"),
    };

    private static AmqpOptions Amqp(SettingsReader reader, string folder) => new()
    {
        Host = Host(reader, "Upstream:Amqp"),
        Port = reader.Value("Upstream:Amqp:Port", Rule.Whole(1, 65_535), 5_671),
        Endpoints = Endpoints(reader, "Upstream:Amqp"),
        FailBack = FailBack(reader, "Upstream:Amqp"),
        ServerCa = ServerCa(reader, "Upstream:Amqp", folder),
        AllowWildcard = reader.Value("Upstream:Amqp:AllowWildcard", Rule.Flag, false),
        VirtualHost = reader.Value("Upstream:Amqp:VirtualHost", ShortString, "/"),
        Exchange = reader.Value("Upstream:Amqp:Exchange", Exchange, "amq.topic"),
        Proxy = reader.Value("Upstream:Amqp:Proxy", ProxyOptions.Parse, null),
        ClientId = reader.Value("Upstream:Amqp:ClientId", Rule.ClientId, "gateway-1"),
        AckTimeout = AckTimeout(reader, "Upstream:Amqp"),
    };

    private static string Host(SettingsReader reader, string section) => reader.Required($"{section}:Host", Rule.Host, "localhost");

    private static IReadOnlyList<BrokerAddress> Endpoints(SettingsReader reader, string section) =>
        reader.List($"{section}:Endpoints", BrokerAddress.Parse, []) is { Count: > 0 } further ? further! : [];

    private static TimeSpan FailBack(SettingsReader reader, string section) =>
        reader.Value($"{section}:FailBack", Rule.Span(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), TimeSpan.FromMinutes(5));

    private static string? ServerCa(SettingsReader reader, string section, string folder) =>
        reader.Value<string?>($"{section}:ServerCa", text => Rule.PathFrom(folder)(text)!, null);

    private static TimeSpan AckTimeout(SettingsReader reader, string section) =>
        reader.Value($"{section}:AckTimeout", Rule.Span(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)), TimeSpan.FromSeconds(10));

    private static Checked<MqttVersion> Version(string text) => text switch
    {
        "5" => new(MqttVersion.Mqtt5),
        "4" => new(MqttVersion.Mqtt311),
        _ => new(default, "must be 5, or 4 for a broker that knows MQTT 3.1.1 only"),
    };

    /// <summary>MQTT 5 §3.1.3.5: a string; {Host} and {ClientId} are put in for each connection.</summary>
    private static Checked<string?> UserName(string text) =>
        text.Length > 1_024 || !text.All(one => one is >= ' ' and < (char)0x7F) ? new(null, "must be at most 1024 printable ASCII characters")
        : text.Replace("{Host}", "", StringComparison.Ordinal).Replace("{ClientId}", "", StringComparison.Ordinal).AsSpan().ContainsAny('{', '}')
            ? new(null, "may hold {Host} and {ClientId} in braces, and nothing else")
        : new(text);

    private static Checked<string?> DpsIdScope(string text) =>
        text.Length <= 64 && text.All(char.IsAsciiLetterOrDigit) ? new(text) : new(null, "must be the ID scope of a Device Provisioning Service, like 0ne00000A0A");

    /// <summary>RFC 7301 §3.1: 1 to 255 bytes; printable ones, since a person wrote them.</summary>
    private static Checked<string?> Alpn(string text) =>
        text.Length <= 255 && text.All(one => one is > ' ' and < (char)0x7F) ? new(text) : new(null, "must be 1 to 255 printable ASCII characters");

    // [MQTT-3.1.2.10]: a two byte number of seconds; 0 would turn off the only sign that a broker is gone.
    private static Checked<TimeSpan> KeepAlive(string text)
    {
        var span = Rule.Span(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(ushort.MaxValue))(text);
        return span.Problem is null && span.Value.Ticks % TimeSpan.TicksPerSecond != 0 ? new(default, "must be whole seconds") : span;
    }

    /// <summary>AMQP 0.9.1 §4.2.5.3: a short string has at most 255 bytes.</summary>
    private static Checked<string> ShortString(string text) =>
        Encoding.UTF8.GetByteCount(text) <= 255 && !text.Any(char.IsControl) ? new(text) : new("", "must be at most 255 bytes without control characters");

    private static Checked<string> Exchange(string text) =>
        ShortString(text).Problem is null && text.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.' or ':')
            ? new(text) : new("", "must be the name of a topic exchange: letters, digits, '-', '_', '.' and ':', like amq.topic");
}
