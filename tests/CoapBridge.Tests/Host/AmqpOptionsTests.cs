using System.Collections;
using CoapBridge.Options;
using CoapBridge.Relay;

namespace CoapBridge.Tests.Host;

public sealed class AmqpOptionsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("coapbridge-amqp-options-").FullName;
    private readonly List<OptionsError> _errors = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_host_is_enough()
    {
        var options = Load("""{ "Upstream": { "Amqp": { "Host": "broker.example" } } }""");
        Assert.Empty(_errors);
        var amqp = Assert.IsType<AmqpOptions>(options.Upstream);
        Assert.Equal(("broker.example", 5671, "/", "amq.topic", "gateway-1"), (amqp.Host, amqp.Port, amqp.VirtualHost, amqp.Exchange, amqp.ClientId));
    }

    [Fact]
    public void The_default_routes_leave_out_what_needs_retained_messages()
    {
        var kinds = Load("""{ "Upstream": { "Amqp": { "Host": "b" } } }""").Routes.Routes.Select(route => route.Kind);
        Assert.Equal([RouteKind.Publish, RouteKind.Commands, RouteKind.Call], kinds.Distinct().Order());
    }

    [Theory]
    [InlineData("\"Kind\": \"State\"", "Routes:0:Kind", "State")]
    [InlineData("\"Kind\": \"Publish\", \"Retain\": true", "Routes:0:Retain", "true")]
    public void A_route_that_needs_retained_messages_is_an_error_that_says_what_to_do(string route, string key, string value)
    {
        Load($$"""{ "Upstream": { "Amqp": { "Host": "b" } }, "Routes": [ { "Path": "x/{*t}", "Topic": "x/{t}", {{route}} } ] }""");
        var error = Assert.Single(_errors);
        Assert.Equal((key, value), (error.Key, error.Value?.ToLowerInvariant() == "true" ? "true" : error.Value));
        Assert.Contains("configure Upstream:Mqtt instead of Upstream:Amqp, or leave this route out", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_brokers_of_different_protocols_are_an_error()
    {
        Load("""{ "Upstream": { "Mqtt": { "Host": "a" }, "Amqp": { "Host": "b" } } }""");
        var error = Assert.Single(_errors);
        Assert.Equal("Upstream", error.Key);
        Assert.Contains("leave one of the two sections out", error.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Upstream:Amqp:Exchange", "a b")]
    [InlineData("Upstream:Amqp:Port", "0")]
    [InlineData("Upstream:Amqp:Host", "amqps://b")]
    [InlineData("Upstream:Amqp:VirtualHost", "a\u0001")]
    [InlineData("Upstream:Amqp:ClientId", "a/b")]
    [InlineData("Upstream:Amqp:Alpn", "amqp")]
    [InlineData("Upstream:Amqp:Version", "5")]
    public void A_wrong_value_or_a_key_of_mqtts_is_an_error(string key, string value)
    {
        Load("""{ "Upstream": { "Amqp": { "Host": "b" } } }""", $"--{key}={value}");
        Assert.Equal(key, Assert.Single(_errors).Key);
    }

    private BridgeOptions Load(string json, params string[] arguments)
    {
        var file = Path.Combine(_folder, "appsettings.json");
        File.WriteAllText(file, json);
        return OptionsLoader.Load(file, new Hashtable(), arguments, _errors);
    }
}
