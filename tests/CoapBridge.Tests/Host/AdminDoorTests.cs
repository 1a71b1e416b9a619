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
        Assert.Equal(404, (await Get("/")).Status);
        Assert.Equal(404, (await Get("/metrics/")).Status);
        using var posted = await _client.PostAsync("/healthz", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
        Assert.False(posted.Headers.Contains("Server"));
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
