using System.Net;
using CoapBridge.Admin;
using CoapBridge.Network;
using CoapBridge.Telemetry;

namespace CoapBridge.Tests.Host;

public sealed class AdminDoorTests : IAsyncLifetime
{
    private readonly GatewayMetrics _metrics = new();
    private readonly Readiness _readiness = new();
    private readonly LoopPulses _pulses = new(1);
    private readonly HttpClient _client = new();
    private MetricReader _reader = null!;
    private AdminDoor _door = null!;

    public async ValueTask InitializeAsync()
    {
        _reader = new MetricReader(_metrics.Meter);
        _door = await AdminDoor.OpenAsync(new IPEndPoint(IPAddress.Loopback, 0), _pulses, _readiness, _reader);
        _client.BaseAddress = _door.Address;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _door.DisposeAsync();
        _reader.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task Health_is_the_turning_of_the_loops()
    {
        Assert.Equal((503, "stuck: shard-0, sessions, broker, commands, outbox\n"), await Get("/healthz"));
        LoopPulse[] others = [_pulses.Shards[0], _pulses.Sessions, _pulses.Commands, _pulses.Outbox];
        Array.ForEach(others, pulse => pulse.Beat(Clock.Now));
        Assert.Equal((503, "stuck: broker\n"), await Get("/healthz"));
        _pulses.Broker.Beat(Clock.Now);
        Assert.Equal((200, "ok\n"), await Get("/healthz"));
    }

    [Fact]
    public async Task Readiness_says_what_is_missing()
    {
        Assert.Equal((503, """{"ready":false,"missing":["sockets","certificate","clock","upstream"]}"""), await Get("/readyz"));
        _readiness.Set(Readiness.Need.Sockets, true);
        _readiness.Set(Readiness.Need.Clock, true);
        _readiness.Set(Readiness.Need.Certificate, true);
        Assert.Equal((503, """{"ready":false,"missing":["upstream"]}"""), await Get("/readyz"));
        _readiness.Set(Readiness.Need.Upstream, true);
        Assert.Equal((200, """{"ready":true}"""), await Get("/readyz"));
        _readiness.Set(Readiness.Need.Upstream, false);
        Assert.Equal(503, (await Get("/readyz")).Status);
    }

    [Fact]
    public async Task Readiness_tells_of_alarms_whether_ready_or_not()
    {
        foreach (var need in Enum.GetValues<Readiness.Need>())
        {
            _readiness.Set(need, true);
        }

        _readiness.Alarm(Readiness.Area.Reload, "the \"policy\"");
        Assert.Equal((200, """{"ready":true,"alarms":["reload: the \"policy\""]}"""), await Get("/readyz"));
        _readiness.Set(Readiness.Need.Clock, false);
        Assert.Equal((503, """{"ready":false,"missing":["clock"],"alarms":["reload: the \"policy\""]}"""), await Get("/readyz"));
        _readiness.Alarm(Readiness.Area.Reload, null);
        Assert.Equal((503, """{"ready":false,"missing":["clock"]}"""), await Get("/readyz"));
    }

    [Fact]
    public async Task Metrics_have_the_type_that_Prometheus_asks_for()
    {
        using var response = await _client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Contains(
            "coapbridge_unhandled_exceptions_total", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_is_nothing_else_and_nothing_to_write()
    {
        Assert.Equal(404, (await Get("/index.html")).Status);
        Assert.Equal(404, (await Get("/metrics/")).Status);
        using var posted = await _client.PostAsync("/healthz", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.False(posted.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("localhost:9464", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:80", 200)]
    [InlineData("attacker.example", 421)]
    [InlineData("localhost.attacker.example", 421)]
    [InlineData("192.0.2.1", 421)]
    public async Task A_name_that_was_bound_to_loopback_reads_nothing(string host, int expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = host } };
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    [Fact]
    public void On_a_network_every_name_will_do() =>
        Assert.True(HostCheck.IsMeant(IPAddress.Any, new Microsoft.AspNetCore.Http.HostString("gateway.plant.example")));

    [Fact]
    public async Task Before_there_is_a_status_the_page_says_that_it_starts() => Assert.Equal((503, "starting\n"), await Get("/"));

    [Fact]
    public async Task Every_answer_has_the_headers_that_keep_a_browser_in_bounds()
    {
        foreach (var path in new[] { "/", "/status.json", "/metrics", "/readyz", "/nothing" })
        {
            using var response = await _client.GetAsync(path, TestContext.Current.CancellationToken);
            string Header(string name) => Assert.Single(response.Headers.GetValues(name));
            Assert.StartsWith("default-src 'none'; ", Header("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.Equal(("nosniff", "no-referrer", "no-store", "same-origin"), (Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("Cache-Control"), Header("Cross-Origin-Resource-Policy")));
        }
    }

    [Fact]
    public async Task A_taken_port_is_told() =>
        await Assert.ThrowsAsync<IOException>(() => AdminDoor.OpenAsync(new IPEndPoint(IPAddress.Loopback, _door.Address.Port), _pulses, _readiness, _reader));

    private async Task<(int Status, string Body)> Get(string path)
    {
        using var response = await _client.GetAsync(path, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
