using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>Metrics to a collector: the same ones, only when it is asked for.</summary>
public sealed class OtlpTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_collector_gets_the_metrics_under_their_names()
    {
        using var collector = new OtlpCollector();
        await using var worker = await WorkerProcess.StartAsync(
            _pki, 1, null, $"--Telemetry:Otlp:Endpoint={collector.Address}", "--Telemetry:Otlp:Interval=00:00:01", "--Upstream:Mqtt:ClientId=gateway-7");
        var message = await collector.First.WaitAsync(WorkerProcess.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(("/v1/metrics", "application/x-protobuf"), (collector.Path, collector.ContentType));
        var resource = OtlpCollector.Resource(message);
        Assert.Equal(("coapbridge", "gateway-7"), (resource["service.name"], resource["service.instance.id"]));

        // As /metrics has them, but for dots and for what Prometheus appends.
        var names = OtlpCollector.MetricNames(message);
        Assert.Contains("coapbridge.unhandled_exceptions", names);
        Assert.Contains("coapbridge.outbox.waiting", names);
        var (_, metrics) = await worker.GetAsync("/metrics");
        Assert.All(names, name => Assert.Contains($"# TYPE {name.Replace('.', '_')}", metrics, StringComparison.Ordinal));
        await worker.WaitForLogAsync("otlp_sent");
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_collector_that_does_not_take_them_is_told_once_and_devices_are_served()
    {
        using var collector = new OtlpCollector(status: 401);
        await using var worker = await WorkerProcess.StartAsync(
            _pki, 1, null, $"--Telemetry:Otlp:Endpoint={collector.Address}", "--Telemetry:Otlp:Interval=00:00:01");
        Assert.Contains("it answers 401", await worker.WaitForLogAsync("otlp_not_sent"), StringComparison.Ordinal);
        Assert.Equal("5.03", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"))).Code);
        await worker.StopAsync();
        Assert.Single(worker.LogLines("otlp_"));
    }

    [Fact]
    public async Task Without_the_setting_the_packages_are_not_even_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "asks /proc");
        await using var worker = await WorkerProcess.StartAsync(_pki, 1);
        var loaded = await File.ReadAllTextAsync($"/proc/{worker.Child.Id}/maps", TestContext.Current.CancellationToken);
        Assert.Contains("coapbridge.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("OpenTelemetry", loaded, StringComparison.Ordinal);
    }
}
