using System.Collections;
using System.Net;
using CoapBridge.Mqtt;
using CoapBridge.Options;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Host;

public sealed class OptionsTests : IDisposable
{
    private const string Minimal = """{ "Upstream": { "Mqtt": { "Host": "broker.example" } } }""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-options-");
    private readonly Hashtable _environment = [];
    private readonly List<OptionsError> _errors = [];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_shipped_file_is_valid_and_says_the_defaults()
    {
        var shipped = Load(File.ReadAllText(Path.Combine(Root(), "config", "appsettings.json")));
        Assert.Empty(_errors);
        var defaults = Load(Minimal);
        Assert.Empty(_errors);
        Assert.Equal(defaults.Identity, shipped.Identity);
        Assert.Equal(defaults.Listen.Endpoints, shipped.Listen.Endpoints);
        Assert.Equal(defaults.Listen with { Endpoints = [], CipherSuites = [] }, shipped.Listen with { Endpoints = [], CipherSuites = [] }, SameText);
        Assert.Equal(defaults.Upstream, shipped.Upstream);
        Assert.Equal(defaults.Topics, shipped.Topics);
        Assert.Equal(defaults.Admin, shipped.Admin);
        Assert.Equal(defaults.State, shipped.State);
        Assert.Equal(defaults.Otlp, shipped.Otlp);
    }

    [Fact]
    public void The_shipped_file_names_every_key()
    {
        var shipped = File.ReadAllText(Path.Combine(Root(), "config", "appsettings.json"));
        var missing = new[]
        {
            "Certificate", "PrivateKey", "CloudCa", "Endpoints", "CipherSuites", "ExtendedMasterSecret", "ConnectionIdLength", "InitialTimeout",
            "HandshakeTimeout", "IdleTimeout", "MaxConnections", "DatagramSize", "KeyLog", "KeyUsage", "ExtendedKeyUsage", "Name", "RevocationLists",
            "StaleRevocationList", "Denied", "Allowed", "Policy", "MaxConnectionsPerDevice", "MessagesPerSecond", "BytesPerSecond", "Burst", "Host",
            "Port", "ServerCa", "ClientId", "Version", "KeepAlive", "AckTimeout", "Alpn", "Proxy", "FailBack", "UserName", "AllowWildcard", "DpsIdScope",
            "Prefix", "Gateway", "MaxLevels", "MaxLength", "Linger", "File", "MaxBytes", "MaxAge",
            "Directory", "Listen", "Routes", "Telemetry", "Otlp", "Endpoint", "Interval",
        }.Where(key => !shipped.Contains($"\"{key}\":", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    [Theory]
    [InlineData("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics")]
    [InlineData("https://collector.example/", "https://collector.example/v1/metrics")]
    [InlineData("http://c:4318/otlp/v1/metrics", "http://c:4318/otlp/v1/metrics")]
    [InlineData("collector:4318", null)]
    [InlineData("http://jim:secret@c:4318", null)]
    [InlineData("http://c:4318/?a=b", null)]
    public void A_collector_is_an_http_address(string text, string? address)
    {
        var parsed = OtlpOptions.Parse(text);
        Assert.Equal(address, parsed.Value?.ToString());
        Assert.Equal(address is null, parsed.Problem is not null);
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        Load("""
            {
              "Listen": { "Endpoints": ["localhost:5684", "0.0.0.0:5684"], "MaxConnections": "many", "IdleTimeout": "5", "DatagramSize": 0 },
              "Devices": { "KeyUsage": "Never" },
              "Topics": { "Prefix": "a/#" }
            }
            """);
        Assert.Equal(
            ["Devices:KeyUsage", "Listen:DatagramSize", "Listen:Endpoints", "Listen:IdleTimeout", "Listen:MaxConnections", "Topics:Prefix", "Upstream:Mqtt:Host"],
            _errors.Select(error => error.Key).Order(StringComparer.Ordinal));
        Assert.Contains(_errors, error => error.ToString() == $"Listen:DatagramSize: must be a whole number from 512 to 9000 (value \"0\", from {FilePath})");
        Assert.Contains(_errors, error => error.ToString() == "Upstream:Mqtt:Host: is required");
    }

    [Theory]
    [InlineData("Listen:Endpoint", "did you mean Listen:Endpoints?")]
    [InlineData("Lisen:DatagramSize", "did you mean Listen:DatagramSize?")]
    [InlineData("Upstream:Host", "did you mean Upstream:Mqtt:Host?")]
    [InlineData("ClientId", "did you mean Upstream:Mqtt:ClientId?")]
    [InlineData("Completely:Other", "unknown key")]
    [InlineData("Listen", "is a section")]
    [InlineData("Upstream:Mqtt:Port:Number", "takes one value")]
    public void An_unknown_key_is_refused_with_the_nearest_known_one(string key, string expected)
    {
        Load(Minimal, $"--{key}=1");
        var error = Assert.Single(_errors);
        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith($"from command line --{key})", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_the_environment_over_the_file()
    {
        _environment["COAPBRIDGE_Upstream__Mqtt__Port"] = "2000";
        _environment["COAPBRIDGE_UPSTREAM__MQTT__CLIENTID"] = "from-environment";
        _environment["OTHER_Upstream__Mqtt__Port"] = "nonsense";
        var options = Load("""{ "Upstream": { "Mqtt": { "Host": "a", "Port": 1000, "ClientId": "from-file" } } }""", "--Upstream:Mqtt:Port=3000");
        Assert.Empty(_errors);
        Assert.Equal(("a", 3000, "from-environment"), (options.Upstream.Host, options.Upstream.Port, options.Upstream.ClientId));
    }

    [Fact]
    public void A_list_from_the_environment_replaces_the_whole_list()
    {
        _environment["COAPBRIDGE_Listen__Endpoints"] = "127.0.0.1:1, [::1]:2";
        var options = Load("""{ "Listen": { "Endpoints": ["0.0.0.0:5", "0.0.0.0:6", "0.0.0.0:7"] }, "Upstream": { "Mqtt": { "Host": "a" } } }""");
        Assert.Empty(_errors);
        Assert.Equal([new(IPAddress.Loopback, 1), new(IPAddress.IPv6Loopback, 2)], options.Listen.Endpoints);
    }

    [Fact]
    public void An_empty_list_of_endpoints_is_refused()
    {
        Load(Minimal, "--Listen:Endpoints=");
        Assert.Equal("Listen:Endpoints", Assert.Single(_errors).Key);
    }

    [Theory]
    [InlineData("http://proxy:3128", "proxy", 3128, null)]
    [InlineData("http://proxy:80/", "proxy", 80, null)]
    [InlineData("http://u:p%40ss@[::1]:3128", "::1", 3128, "u:p@ss")]
    public void A_proxy_is_a_url_with_a_port(string text, string host, int port, string? credentials)
    {
        var proxy = Load(Minimal, "--Upstream:Mqtt:Proxy=" + text).Upstream.Proxy;
        Assert.Empty(_errors);
        Assert.Equal(new ProxyOptions(host, port, credentials), proxy);
        Assert.DoesNotContain("ss", proxy!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Upstream:Mqtt:Proxy=proxy:3128")]
    [InlineData("Upstream:Mqtt:Proxy=http://u:secret@proxy")]
    [InlineData("Upstream:Mqtt:Proxy=https://u:secret@proxy:1")]
    [InlineData("Upstream:Mqtt:Proxy=http://u:secret@proxy:1/path")]
    [InlineData("Upstream:Mqtt:Proxy=http://proxy:0x1")]
    [InlineData("Upstream:Mqtt:Alpn=a b")]
    public void A_proxy_or_protocol_that_cannot_be_used_is_refused_without_telling_the_password(string setting)
    {
        Load(Minimal, "--" + setting);
        var error = Assert.Single(_errors);
        Assert.Equal(setting[..setting.IndexOf('=', StringComparison.Ordinal)], error.Key);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Further_brokers_are_hosts_with_ports_in_order()
    {
        var options = Load(Minimal, "--Upstream:Mqtt:Endpoints=b.example:8883,[::1]:1,10.0.0.1:65535");
        Assert.Empty(_errors);
        Assert.Equal([new("b.example", 8_883), new("::1", 1), new BrokerAddress("10.0.0.1", 65_535)], options.Upstream.Endpoints);
        Assert.Equal("b.example:8883 [::1]:1 10.0.0.1:65535", string.Join(' ', options.Upstream.Endpoints));
        foreach (var bad in new[] { "b.example", ":8883", "b:0", "b:65536", "::1:5", "https://b:1", "b:1/x" })
        {
            _errors.Clear();
            Load(Minimal, $"--Upstream:Mqtt:Endpoints={bad}");
            Assert.Equal("Upstream:Mqtt:Endpoints", Assert.Single(_errors).Key);
        }
    }

    [Fact]
    public void With_mqtt_3_1_1_there_are_no_calls()
    {
        var options = Load(Minimal, "--Upstream:Mqtt:Version=4");
        Assert.Empty(_errors);
        Assert.Equal(MqttVersion.Mqtt311, Assert.IsType<MqttOptions>(options.Upstream).Version);
        Load(
            """{ "Upstream": { "Mqtt": { "Host": "a", "Version": 4 } }, "Routes": [{ "Path": "call", "Kind": "Call", "Topic": "{device}/call" }] }""");
        var error = Assert.Single(_errors);
        Assert.Equal("Routes:0:Kind", error.Key);
        Assert.Contains("needs MQTT 5", error.ToString(), StringComparison.Ordinal);
        _errors.Clear();
        Load(Minimal, "--Upstream:Mqtt:Version=3");
        Assert.Contains("must be 5, or 4", Assert.Single(_errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Path": "a", "Kind": "Publish", "Topic": "x", "Keep": true, "Qos": 0 }""")]
    [InlineData("""{ "Path": "a", "Kind": "State", "Topic": "x", "Keep": true }""")]
    public void Only_what_the_broker_acknowledges_can_be_kept(string route)
    {
        Load($$"""{ "Upstream": { "Mqtt": { "Host": "a" } }, "Routes": [ {{route}} ] }""");
        Assert.Contains("Routes:0:Keep", _errors.Select(error => error.Key));
    }

    [Fact]
    public void Every_mistake_in_the_routes_is_told_with_its_key()
    {
        Load("""
            {
              "Upstream": { "Mqtt": { "Host": "a" } },
              "Routes": [
                { "Path": "a/{*x}/b", "Kind": "Publish", "Topic": "{device}/{x}", "Qos": 2, "Retain": "maybe", "MaxBody": -1 },
                { "Path": "b", "Kind": "Publish", "Topic": "$SYS/x" },
                { "Path": "b", "Kind": "Stream", "Topic": "x/{nobody}", "Expiry": "60", "ContentFormats": [50, 70000], "Color": "red" },
                { "Kind": "Publish", "Topic": "x", "Keep": "sometimes" }
              ]
            }
            """);
        Assert.Equal(
            [
                "Routes:0:MaxBody", "Routes:0:Path", "Routes:0:Qos", "Routes:0:Retain", "Routes:1:Topic", "Routes:2:Color", "Routes:2:ContentFormats",
                "Routes:2:Expiry", "Routes:2:Kind", "Routes:2:Topic", "Routes:3:Keep", "Routes:3:Path",
            ],
            _errors.Select(error => error.Key).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_route_has_all_its_settings()
    {
        var options = Load("""
            {
              "Upstream": { "Mqtt": { "Host": "a" } },
              "Routes": [ { "Path": "m/{meter}", "Kind": "Publish", "Topic": "{prefix}/{device}/meters/{meter}", "Qos": 1, "Retain": true,
                            "Expiry": "00:01:00", "MaxBody": 100, "ContentFormats": [60, 50], "Echo": true, "Keep": false } ]
            }
            """);
        Assert.Empty(_errors);
        var route = Assert.Single(options.Routes.Routes);
        Assert.Equal((QualityOfService.AtLeastOnce, true, 60u, 100, true), (route.Quality, route.Retains, route.Expiry, route.MaximumBody, route.DemandsEcho));
        Assert.Equal<ushort>([50, 60], route.ContentFormats!.Order());
    }

    [Fact]
    public void The_documented_routes_are_accepted()
    {
        Load("""
            {
              "Upstream": { "Mqtt": { "Host": "a" } },
              "Routes": [ { "Path": "t/{*sub}", "Kind": "Publish", "Topic": "{prefix}/{device}/t/{sub}", "Keep": false, "MaxBody": 65536 } ]
            }
            """);
        Assert.Empty(_errors);
    }

    [Fact]
    public void A_provisioning_service_and_further_brokers_do_not_go_together()
    {
        Load(Minimal, "--Upstream:Mqtt:DpsIdScope=0ne1", "--Upstream:Mqtt:Endpoints=b:1");
        Assert.Equal("Upstream:Mqtt:Endpoints", Assert.Single(_errors).Key);
    }

    [Fact]
    public void Without_topics_of_the_gateways_own_there_are_no_calls()
    {
        var options = Load(Minimal, "--Topics:Gateway=none");
        Assert.Empty(_errors);
        Assert.Null(options.Topics.Gateway);
        Assert.DoesNotContain(options.Routes.Routes, route => route.Kind == RouteKind.Call);
        Assert.Equal("site/gateway-1", Load(Minimal, "--Topics:Gateway=site/{ClientId}").Topics.Gateway);
        Load("""{ "Upstream": { "Mqtt": { "Host": "a" } }, "Topics": { "Gateway": "none" }, "Routes": [{ "Path": "call", "Kind": "Call", "Topic": "{device}/call" }] }""");
        Assert.Contains("set Topics:Gateway", Assert.Single(_errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Upstream:Mqtt:UserName", "h\u00fcb")]
    [InlineData("Upstream:Mqtt:UserName", "{host}/x")]
    [InlineData("Upstream:Mqtt:DpsIdScope", "0ne/1")]
    [InlineData("Upstream:Mqtt:AllowWildcard", "yes")]
    [InlineData("Topics:MaxLevels", "1")]
    [InlineData("Topics:MaxLength", "65536")]
    [InlineData("Topics:Gateway", "$iothub/x")]
    public void What_a_cloud_could_not_take_is_refused(string key, string value)
    {
        Load(Minimal, $"--{key}={value}");
        Assert.Equal(key, Assert.Single(_errors).Key);
    }

    [Theory]
    [InlineData("0.0.0.0:5684")]
    [InlineData("[::]:0")]
    [InlineData("[fe80::1]:65535")]
    public void An_endpoint_is_an_address_and_a_port(string text) => Assert.Null(Rule.EndPoint(text).Problem);

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::1:5684")]
    [InlineData("5684")]
    [InlineData("1:5684")]
    [InlineData("010.0.0.1:5684")]
    [InlineData("0.0.0.0:65536")]
    [InlineData("0.0.0.0: 5684")]
    [InlineData("[::ffff:1.2.3.4]:5684")]
    [InlineData("224.0.1.187:5684")]
    [InlineData("[ff02::fd]:5684")]
    [InlineData("localhost:5684")]
    [InlineData("0.0.0.0:5684\n")]
    [InlineData("0.0.0.0:+5684")]
    [InlineData("[1.2.3.4]:5684")]
    [InlineData("[[::1]:1]:5684")]
    [InlineData("[]:5684")]
    [InlineData("[::1]5684")]
    [InlineData(":5684")]
    [InlineData("0x7f.0.0.1:5684")]
    public void What_could_be_read_in_two_ways_is_no_endpoint(string text) => Assert.NotNull(Rule.EndPoint(text).Problem);

    [Fact]
    public void Endpoints_that_would_take_each_others_port_are_refused()
    {
        Load(Minimal, "--Listen:Endpoints=0.0.0.0:5684,127.0.0.1:5684");
        Assert.Contains("overlaps with 0.0.0.0:5684", Assert.Single(_errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00:00:01", true)]
    [InlineData("1.00:00:00", true)]
    [InlineData("00001.23:59:59.9999999", true)]
    [InlineData("000001.00:00:00", false)]
    [InlineData("1.0:00:00", false)]
    [InlineData("1:00:00", false)]
    [InlineData("00:00:1", false)]
    [InlineData("00:00:01.", false)]
    [InlineData("00:00:01.00000000", false)]
    [InlineData(" 00:00:01", false)]
    [InlineData("٠٠:٠٠:٠١", false)]
    [InlineData("5", false)]
    [InlineData("1:00", false)]
    [InlineData("00:00:00.05", false)]
    [InlineData("-00:00:01", false)]
    public void A_time_span_says_its_units(string text, bool good) =>
        Assert.Equal(good, Rule.Span(TimeSpan.FromSeconds(0.1), TimeSpan.FromDays(2))(text).Problem is null);

    [Fact]
    public void Paths_are_relative_to_the_configuration_file()
    {
        var options = Load(Minimal, "--Identity:Certificate=pki/g.pem", "--Identity:CloudCa=/etc/ca.pem", "--Devices:Policy=p.json");
        Assert.Empty(_errors);
        Assert.Equal(Path.Combine(_folder.FullName, "pki/g.pem"), options.Identity.Certificate);
        Assert.Equal("/etc/ca.pem", options.Identity.CloudCa);
        Assert.Equal(Path.Combine(_folder.FullName, "p.json"), options.Devices.Policy);
    }

    [Fact]
    public void State_goes_to_the_directory_of_systemd_unless_configured()
    {
        Assert.Equal(_folder.FullName, Load(Minimal).State.Directory);
        _environment["STATE_DIRECTORY"] = "/var/lib/one:/var/lib/two";
        Assert.Equal("/var/lib/one", Load(Minimal).State.Directory);
        Assert.Equal("/srv/state", Load(Minimal, "--State:Directory=/srv/state").State.Directory);
    }

    [Theory]
    [InlineData("{ \"Listen\": ")]
    [InlineData("{ \"Topics\": { \"Prefix\": \"a\", \"Prefix\": \"b\" } }")]
    [InlineData("[1]")]
    public void A_file_that_is_no_configuration_is_one_error_with_its_name(string text)
    {
        Load(text);
        Assert.Contains(FilePath, Assert.Single(_errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_one_error()
    {
        OptionsLoader.Load(FilePath, _environment, [], _errors);
        Assert.Contains("cannot be read", Assert.Single(_errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_stray_argument_is_refused()
    {
        Load(Minimal, "--Upstream:Mqtt:Port", "1");
        Assert.Equal(2, _errors.Count);
    }

    private string FilePath => Path.Combine(_folder.FullName, "appsettings.json");

    private BridgeOptions Load(string json, params string[] arguments)
    {
        File.WriteAllText(FilePath, json);
        return OptionsLoader.Load(FilePath, _environment, arguments, _errors);
    }

    private static bool SameText(ListenOptions left, ListenOptions right) =>
        (left with { Endpoints = right.Endpoints, CipherSuites = right.CipherSuites }).Equals(right);

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "CoapBridge.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
