using System.Collections;
using CoapBridge.Options;
using CoapBridge.Relay;
using CoapBridge.Reload;

namespace CoapBridge.Tests.House;

/// <summary>
/// Every key of the configuration either takes effect at a reload or is named as one that needs a restart: a new one that nobody thought
/// of is found here.
/// </summary>
public sealed class RestartKeysTests
{
    private const string File = "/etc/nowhere/appsettings.json";

    /// <summary>Each with a value that differs from its default. Below Routes there is one list, which is taken up or kept as a whole.</summary>
    private static readonly Dictionary<string, string> Reloaded = new()
    {
        ["Identity:Certificate"] = "a", ["Identity:PrivateKey"] = "a", ["Identity:CloudCa"] = "a",
        ["Listen:CipherSuites"] = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", ["Listen:ExtendedMasterSecret"] = "Require", ["Listen:InitialTimeout"] = "00:00:02",
        ["Listen:HandshakeTimeout"] = "00:01:00", ["Listen:IdleTimeout"] = "02:00:00", ["Listen:DatagramSize"] = "1000",
        ["Devices:KeyUsage"] = "IfPresent", ["Devices:ExtendedKeyUsage"] = "Required", ["Devices:Name"] = "SanDns", ["Devices:RevocationLists"] = "a",
        ["Devices:StaleRevocationList"] = "Warn", ["Devices:Denied"] = "a", ["Devices:Allowed"] = "a", ["Devices:Policy"] = "a",
        ["Devices:Limits:MessagesPerSecond"] = "1", ["Devices:Limits:BytesPerSecond"] = "1", ["Devices:Limits:Burst"] = "1",
        ["Upstream:Mqtt:ServerCa"] = "a", ["Upstream:Mqtt:AckTimeout"] = "00:00:01", ["Upstream:Amqp:ServerCa"] = "a", ["Upstream:Amqp:AckTimeout"] = "00:00:01",
        ["Routes"] = "",
    };

    private static readonly Dictionary<string, string> Restarted = new()
    {
        ["Listen:Endpoints"] = "127.0.0.1:1", ["Listen:ConnectionIdLength"] = "4", ["Listen:MaxConnections"] = "1", ["Listen:KeyLog"] = "a",
        ["Devices:MaxConnectionsPerDevice"] = "1",
        ["Upstream:Mqtt:Host"] = "a", ["Upstream:Mqtt:Port"] = "1", ["Upstream:Mqtt:Endpoints"] = "a:1", ["Upstream:Mqtt:FailBack"] = "00:01:00",
        ["Upstream:Mqtt:AllowWildcard"] = "true", ["Upstream:Mqtt:UserName"] = "a", ["Upstream:Mqtt:DpsIdScope"] = "a", ["Upstream:Mqtt:Version"] = "4",
        ["Upstream:Mqtt:Alpn"] = "a", ["Upstream:Mqtt:Proxy"] = "http://a:1", ["Upstream:Mqtt:ClientId"] = "a", ["Upstream:Mqtt:KeepAlive"] = "00:00:01",
        ["Upstream:Amqp:Host"] = "a", ["Upstream:Amqp:Port"] = "1", ["Upstream:Amqp:Endpoints"] = "a:1", ["Upstream:Amqp:FailBack"] = "00:01:00",
        ["Upstream:Amqp:AllowWildcard"] = "true", ["Upstream:Amqp:VirtualHost"] = "a", ["Upstream:Amqp:Exchange"] = "a", ["Upstream:Amqp:Proxy"] = "http://a:1",
        ["Upstream:Amqp:ClientId"] = "a",
        ["Topics:Prefix"] = "a", ["Topics:Gateway"] = "a", ["Topics:MaxLevels"] = "9", ["Topics:MaxLength"] = "99",
        ["Commands:Linger"] = "00:01:00", ["Outbox:File"] = "a", ["Outbox:MaxBytes"] = "1", ["Outbox:MaxAge"] = "00:01:00",
        ["State:Directory"] = "a", ["State:MaxAge"] = "00:01:00", ["Admin:Listen"] = "127.0.0.1:1",
        ["Telemetry:Otlp:Endpoint"] = "http://a:1", ["Telemetry:Otlp:Interval"] = "00:00:09",
    };

    public static TheoryData<string, string> AtOnce => new(Reloaded.Where(one => one.Key != "Routes").Select(one => (one.Key, one.Value)));

    public static TheoryData<string, string> AtTheNextStart => new(Restarted.Select(one => (one.Key, one.Value)));

    [Fact]
    public void Every_key_is_in_one_of_the_two_lists()
    {
        var known = new[] { "Mqtt", "Amqp" }.SelectMany(protocol =>
        {
            var reader = new SettingsReader([[Host(protocol)]], new List<OptionsError>());
            Sections.Read(reader, File, stateDirectory: null);
            return reader.Known;
        });
        Assert.Equal(Reloaded.Keys.Concat(Restarted.Keys).Order(StringComparer.Ordinal), known.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(AtOnce))]
    public void A_key_that_is_not_named_takes_effect(string key, string value)
    {
        var (before, after) = (Read(key, null), Read(key, value));
        Assert.Empty(RestartKeys.Changed(before, after));
        var kept = RestartKeys.Keep(before, after);
        Assert.NotEqual(Text(before), Text(kept));
        Assert.Equal(Text(after), Text(kept));
        Assert.Same(after.Routes, kept.Routes);
    }

    [Theory]
    [MemberData(nameof(AtTheNextStart))]
    public void A_key_that_needs_a_restart_is_named_and_kept(string key, string value)
    {
        var (before, after) = (Read(key, null), Read(key, value));
        Assert.Contains(key, RestartKeys.Changed(before, after));
        Assert.Equal(Text(before), Text(RestartKeys.Keep(before, after)));
    }

    private static BridgeOptions Read(string key, string? value)
    {
        var errors = new List<OptionsError>();
        List<Setting> settings = [Host(key.StartsWith("Upstream:Amqp", StringComparison.Ordinal) ? "Amqp" : "Mqtt"), new(key, value, "test")];
        var options = Sections.Read(new SettingsReader([settings.FindAll(one => one.Value is not null)], errors), File, stateDirectory: null);
        Assert.Empty(errors);
        return options;
    }

    private static Setting Host(string protocol) => new($"Upstream:{protocol}:Host", "localhost", "test");

    /// <summary>All that is in it, but for the routes.</summary>
    private static string Text(object? value) => value switch
    {
        null or string or RouteTable => value as string ?? "-",
        IEnumerable list => string.Join(',', list.Cast<object?>().Select(Text)),
        not null when value.GetType().Namespace == typeof(BridgeOptions).Namespace && !value.GetType().IsEnum =>
            string.Join('\n', value.GetType().GetProperties().Select(property => $"{property.Name}={Text(property.GetValue(value))}")),
        _ => value.ToString()!,
    };
}
