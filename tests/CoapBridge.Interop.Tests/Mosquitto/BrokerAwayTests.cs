using System.Diagnostics;
using System.Net;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Mosquitto;

/// <summary>What a device hears when the broker is away, silent, somebody else, or does not want the gateway.</summary>
public sealed class BrokerAwayTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task The_broker_may_stop_and_come_back()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await device.ConnectAsync();
        Assert.Equal("2.04", await device.PostAsync("before"));
        Assert.Equal((HttpStatusCode.OK, """{"ready":true}"""), await worker.GetAsync("/readyz"));

        await broker.StopAsync();
        await worker.WaitForLogAsync("upstream_lost");
        var away = await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"), payload: "lost");
        Assert.Equal("5.03", away.Code);
        Assert.InRange(away.MaxAge ?? -1, 0, 60);
        Assert.StartsWith("no-upstream: ", away.Payload, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"ready":false,"missing":["upstream"]}"""), await worker.GetAsync("/readyz"));
        Assert.Equal(HttpStatusCode.OK, (await worker.GetAsync("/healthz")).Status);

        await broker.StartAgainAsync();
        var clock = Stopwatch.StartNew();
        while (await device.PostAsync("after") != "2.04")
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), worker.Child.Output);
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }

        Assert.False(worker.Child.HasExited);
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"))).Code);
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_silent_broker_is_5_04_after_the_ack_timeout()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, "--Upstream:Mqtt:AckTimeout=00:00:02");
        broker.Freeze();
        var clock = Stopwatch.StartNew();
        var result = await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"));
        Assert.Equal("5.04", result.Code);
        Assert.Equal("CON", result.Type); // after 500 ms an empty ACK, then a separate answer
        Assert.InRange(clock.Elapsed.TotalSeconds, 1.9, 8);
        broker.Thaw();
    }

    [Theory]
    [InlineData("another CA", "does not lead to a CA that is trusted here")]
    [InlineData("another name", "is not for localhost: it names other.example")]
    [InlineData("a common name only", "is not for localhost: it names nothing")]
    [InlineData("a wildcard", "is not for localhost: it names *")]
    [InlineData("expired", "is valid from ")]
    [InlineData("no serverAuth", "lacks the extended key usage serverAuth")]
    public async Task A_broker_that_is_not_ours_never_hears_connect(string what, string problem)
    {
        var good = new CertificateOptions { CommonName = "localhost", DnsNames = ["localhost"], ExtendedKeyUsage = [CertificatePurposes.ServerAuth] };
        (what == "another CA" ? _pki.Stranger : _pki.Demo.Ca).Issue(what switch
        {
            "another name" => good with { DnsNames = ["other.example"] },
            "a common name only" => good with { DnsNames = [] },
            "a wildcard" => good with { DnsNames = ["*"] },
            "expired" => good with { NotBefore = TestPki.Now.AddDays(-2), NotAfter = TestPki.Now.AddDays(-1) },
            "no serverAuth" => good with { ExtendedKeyUsage = [CertificatePurposes.ClientAuth] },
            _ => good,
        }).Write(_pki.Folder, "impostor");
        await using var broker = await MosquittoBroker.StartAsync(_pki, certificate: "impostor");
        await using var worker = await WorkerProcess.StartAsync(_pki, broker.Port);

        var line = await worker.WaitForLogAsync("upstream_away ");
        Assert.Contains("reason=BrokerRefused", line, StringComparison.Ordinal);
        Assert.Contains(problem, line, StringComparison.Ordinal);
        Assert.Contains("remedy=", line, StringComparison.Ordinal);
        var result = await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"));
        Assert.Equal("5.03", result.Code);
        Assert.NotNull(result.MaxAge);
        Assert.DoesNotContain(broker.Log.Lines, entry => entry.Contains("gateway-1", StringComparison.Ordinal));
        await worker.StopAsync();
    }

    [Fact]
    public async Task A_broker_that_refuses_the_gateways_certificate_is_5_02()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki, authorities: "stranger-ca.pem");
        await using var worker = await WorkerProcess.StartAsync(_pki, broker.Port);
        var line = await worker.WaitForLogAsync("upstream_away ");
        Assert.Contains("reason=TlsRefused", line, StringComparison.Ordinal);
        Assert.Contains("unknown ca", line, StringComparison.OrdinalIgnoreCase);
        var result = await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"));
        Assert.True(result.Code == "5.02", result.Output + worker.Child.Output);
    }

    [Fact]
    public async Task A_broker_that_refuses_connect_is_5_02_and_the_log_says_whose_fault_it_is()
    {
        await using var broker = await MosquittoBroker.StartAsync(_pki, lines: "allow_anonymous false");
        await using var worker = await WorkerProcess.StartAsync(_pki, broker.Port);
        var line = await worker.WaitForLogAsync("upstream_refused ");
        Assert.Contains("reason_code=0x87", line, StringComparison.Ordinal);
        Assert.Contains("not the devices' fault", line, StringComparison.Ordinal);
        Assert.Equal("5.02", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"))).Code);
    }

    [Fact]
    public async Task A_topic_that_the_broker_does_not_allow_is_5_02()
    {
        await File.WriteAllTextAsync(_pki["acl"], "topic write devices/+/t/#\n", TestContext.Current.CancellationToken);
        await using var broker = await MosquittoBroker.StartAsync(_pki, lines: $"allow_anonymous true\nacl_file {_pki["acl"]}");
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/t"))).Code);
        Assert.Equal("5.02", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/e"))).Code);
    }
}
