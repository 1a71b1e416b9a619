using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Worker;

/// <summary>What changes while the built worker runs, with devices connected and Mosquitto behind it (REQUIREMENTS 10.18).</summary>
public sealed class ReloadTests : IDisposable
{
    private const int SigHup = 1;

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task A_revoked_device_hears_4_03_and_is_closed_and_others_notice_nothing()
    {
        await using var broker = await StartBrokerAsync();
        Revoke();
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker, "--Devices:RevocationLists=ca.crl");
        using var revoked = await ConnectAsync(worker, 1);
        using var canary = await ConnectAsync(worker, 2);
        Assert.Equal("2.04", await revoked.PostAsync("before"));

        var mark = worker.Mark;
        Revoke(_pki.Demo.Device(1));
        await worker.WaitForLogAsync("revoked device=device-1", mark);
        Assert.Contains("reason=revoked", worker.LogLines(" revoked device=", mark)[0], StringComparison.Ordinal);
        await worker.WaitForLogAsync("connections_judged", mark);
        Assert.Equal("4.03", await revoked.PostAsync("after"));
        await revoked.RunUntilAsync(() => revoked.Closed is not null);
        Assert.Equal("AccessDenied", revoked.Closed!.Alert.ToString());
        Assert.Equal("2.04", await canary.PostAsync("still here"));

        using var again = OwnDevice.Of(worker, _pki.Demo.Device(1));
        await again.RunUntilAsync(() => again.Failure is not null);
        Assert.Equal("CertificateRevoked", again.Failure!.Alert.ToString());
        Assert.Single(worker.LogLines(" revoked device=", mark));
    }

    [Fact]
    public async Task A_new_certificate_rolls_towards_devices_and_the_broker_and_requests_wait_meanwhile()
    {
        await using var broker = await StartBrokerAsync();
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = await ConnectAsync(worker, 1);
        var mark = worker.Mark;
        var renewed = Renew();
        worker.Child.Signal(SigHup);
        var answers = new List<string>();
        while (worker.LogLines(" upstream_renewed ", mark).Count == 0)
        {
            answers.Add(await device.PostAsync("meanwhile"));
        }

        answers.Add(await device.PostAsync("after"));
        Assert.All(answers, answer => Assert.Equal("2.04", answer));
        using var other = await ConnectAsync(worker, 2);
        Assert.Equal(Serial(renewed), other.GatewaySerialNumber);
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
    }

    [Fact]
    public async Task A_new_certificate_that_the_broker_refuses_gives_way_to_the_old_one()
    {
        await using var broker = await StartBrokerAsync();
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = await ConnectAsync(worker, 1);
        var mark = worker.Mark;

        // The gateway's own side has no objection: the other CA is the cloud's, too. But Mosquitto does not know it.
        await File.WriteAllTextAsync(
            _pki["ca.pem"], _pki.Demo.Ca.Certificate.CertificatePem + _pki.Stranger.Certificate.CertificatePem, TestContext.Current.CancellationToken);
        Renew(_pki.Stranger);
        worker.Child.Signal(SigHup);
        await worker.WaitForLogAsync("upstream_renewal_refused", mark);
        await worker.WaitForLogAsync("upstream_ready", mark);
        Assert.Equal("2.04", await device.PostAsync("as before"));
        Assert.Contains("upstream: the broker refuses the gateway's new certificate", (await worker.GetAsync("/readyz")).Body, StringComparison.Ordinal);

        mark = worker.Mark;
        Renew();
        worker.Child.Signal(SigHup);
        await worker.WaitForLogAsync("upstream_renewed", mark);
        Assert.Equal("""{"ready":true}""", (await worker.GetAsync("/readyz")).Body);
        Assert.Equal("2.04", await device.PostAsync("with the new one"));
    }

    [Fact]
    public async Task A_broken_file_keeps_what_is_in_force_and_says_so()
    {
        await using var broker = await StartBrokerAsync();
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = await ConnectAsync(worker, 1);
        var mark = worker.Mark;
        await File.WriteAllTextAsync(_pki["ca.pem"], "-----BEGIN CERTIFICATE-----\n", TestContext.Current.CancellationToken);
        await worker.WaitForLogAsync("reload_failed", mark);
        Assert.Contains("Identity:CloudCa", worker.LogLines(" reload_failed ", mark)[0], StringComparison.Ordinal);
        Assert.Contains("reload: what was loaded before is still in force: Identity:CloudCa", (await worker.GetAsync("/readyz")).Body, StringComparison.Ordinal);
        Assert.Equal("2.04", await device.PostAsync("as before"));
        using var other = await ConnectAsync(worker, 2);

        await File.WriteAllTextAsync(_pki["ca.pem"], _pki.Demo.Ca.Certificate.CertificatePem, TestContext.Current.CancellationToken);
        await worker.WaitForLogAsync("reloaded ", mark);
        Assert.Equal("""{"ready":true}""", (await worker.GetAsync("/readyz")).Body);
    }

    [Fact]
    public async Task A_hundred_reloads_under_load_lose_nothing_and_mix_nothing()
    {
        await using var broker = await StartBrokerAsync();
        await File.WriteAllTextAsync(_pki["denied.txt"], "", TestContext.Current.CancellationToken);
        await using var worker = await WorkerProcess.StartConnectedAsync(
            _pki, broker, "--Devices:Denied=denied.txt", "--Devices:Limits:MessagesPerSecond=100000", "--Devices:Limits:BytesPerSecond=100000000");
        using var stop = new CancellationTokenSource();
        using var resident = await ConnectAsync(worker, 3);
        var serials = new HashSet<string> { Serial(_pki.Demo.Gateway) };
        var loads = Enumerable.Range(1, 2).Select(number => ShakeHandsAsync(worker, number, stop.Token)).ToList();
        var traffic = PostAsync(resident, stop.Token);
        for (var round = 1; round <= 100; round++)
        {
            var mark = worker.Mark;
            if (round % 10 == 0)
            {
                serials.Add(Serial(Renew()));
            }
            else
            {
                // Other rules each time, so that everybody is judged again.
                await File.WriteAllTextAsync(_pki["denied.txt"], $"name:nobody-{round}", TestContext.Current.CancellationToken);
            }

            worker.Child.Signal(SigHup);
            await worker.WaitForLogAsync("reloaded cause=sighup", mark);
            await Task.Delay(50, TestContext.Current.CancellationToken); // or a hundred reloads are over before anything else happens
        }

        await stop.CancelAsync();
        var handshakes = (await Task.WhenAll(loads)).SelectMany(seen => seen).ToList();
        Assert.True(handshakes.Count > 20, $"{handshakes.Count} handshakes");
        Assert.All(handshakes, serial => Assert.Contains(serial, serials));
        Assert.True(await traffic > 20);
        Assert.Empty(worker.LogLines(" handshake result=refused"));
        Assert.Empty(worker.LogLines(" revoked "));
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
        Assert.True(await worker.MetricAsync("coapbridge_reload_attempts_total") >= 100);
    }

    /// <summary>One handshake and request after another; the result is which certificate of the gateway each saw.</summary>
    private async Task<List<string>> ShakeHandsAsync(WorkerProcess worker, int number, CancellationToken stop)
    {
        var seen = new List<string>();
        while (!stop.IsCancellationRequested)
        {
            using var device = await ConnectAsync(worker, number);
            seen.Add(device.GatewaySerialNumber!);
            Assert.Equal("2.04", await device.PostAsync("new"));
        }

        return seen;
    }

    private static async Task<int> PostAsync(OwnDevice device, CancellationToken stop)
    {
        var count = 0;
        for (; !stop.IsCancellationRequested; count++)
        {
            Assert.Equal("2.04", await device.PostAsync("resident"));
        }

        return count;
    }

    private async Task<OwnDevice> ConnectAsync(WorkerProcess worker, int number)
    {
        var device = OwnDevice.Of(worker, _pki.Demo.Device(number));
        await device.ConnectAsync();
        return device;
    }

    private async Task<MosquittoBroker> StartBrokerAsync()
    {
        InstalledProgram.Find("mosquitto");
        return await MosquittoBroker.StartAsync(_pki);
    }

    private IssuedCertificate Renew(CertificateAuthority? ca = null)
    {
        var renewed = (ca ?? _pki.Demo.Ca).Issue(new CertificateOptions
        {
            CommonName = "gateway-1",
            DnsNames = ["localhost"],
            ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
        });
        File.Delete(_pki["gateway.pem"]);
        File.Delete(_pki["gateway.key"]);
        renewed.Write(_pki.Folder, "gateway");
        return renewed;
    }

    private void Revoke(params IssuedCertificate[] certificates)
    {
        var now = DateTimeOffset.UtcNow;
        var list = _pki.Demo.Ca.IssueRevocationList(certificates.Select(SerialBytes), now.AddMinutes(-1), now.AddHours(1));
        File.WriteAllText(_pki["ca.crl.new"], PemEncoding.WriteString("X509 CRL", list));
        File.Move(_pki["ca.crl.new"], _pki["ca.crl"], overwrite: true);
    }

    private static string Serial(IssuedCertificate certificate) => Convert.ToHexString(SerialBytes(certificate));

    private static byte[] SerialBytes(IssuedCertificate certificate)
    {
        using var loaded = X509CertificateLoader.LoadCertificate(certificate.Der);
        return loaded.SerialNumberBytes.ToArray();
    }
}
