using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>The CAs that the system trusts are read for a collector over https, and else not at all.</summary>
public sealed class SystemTrustTests : IDisposable
{
    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task Nobody_reads_the_systems_certificates()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "OpenSSL's");

        // The file system notes the time of the first reading after a change.
        var file = _pki["system.pem"];
        File.Copy(_pki["ca.pem"], file);
        File.SetLastAccessTimeUtc(file, DateTime.UnixEpoch);
        await using (var worker = await WorkerProcess.StartAsync(_pki, 1, new Dictionary<string, string> { ["SSL_CERT_FILE"] = file }))
        {
            await worker.WaitForLogAsync("upstream_away");
            await worker.StopAsync();
        }

        Assert.Equal(DateTime.UnixEpoch, File.GetLastAccessTimeUtc(file));
        await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.SkipWhen(File.GetLastAccessTimeUtc(file) == DateTime.UnixEpoch, "this file system does not note who reads");
    }

    [Fact]
    public async Task A_collector_over_https_is_judged_by_the_systems_certificates()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "OpenSSL's");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var worker = await WorkerProcess.StartAsync(
            _pki, 1, new Dictionary<string, string> { ["SSL_CERT_FILE"] = _pki["ca.pem"] },
            $"--Telemetry:Otlp:Endpoint=https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}", "--Telemetry:Otlp:Interval=00:00:01");
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(WorkerProcess.Patience, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsServerAsync(_pki.Demo.Broker.ToX509WithKey());
        var line = new byte[4];
        await stream.ReadExactlyAsync(line, TestContext.Current.CancellationToken);
        Assert.Equal("POST"u8.ToArray(), line);
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await worker.StopAsync();
    }
}
