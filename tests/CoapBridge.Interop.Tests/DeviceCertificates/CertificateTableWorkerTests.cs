using CoapBridge.Dtls;
using CoapBridge.Identity;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tests.Identity.Table;

namespace CoapBridge.Interop.Tests.DeviceCertificates;

/// <summary>
/// The table of device certificates (<c>tests/CoapBridge.Tests/Identity/Table</c>) through handshakes with the built worker: by
/// <c>openssl s_client</c>, and what that cannot load or will not send by our own client.
/// </summary>
public sealed class CertificateTableWorkerTests(TableWorkers workers) : IClassFixture<TableWorkers>
{
    public static TheoryData<string> ByOpenSsl => [.. Rows.Where(row => row.NotByOpenSsl is null).Select(row => row.Name)];

    public static TheoryData<string> ByUs => [.. Rows.Where(row => row.NotByOpenSsl is not null).Select(row => row.Name)];

    private static IEnumerable<CertificateCase> Rows => TableWorkers.Table.Rows.Where(row => row.Time is null);

    [Theory]
    [MemberData(nameof(ByOpenSsl))]
    public async Task OpenSSL_is_let_in_or_hears_the_alert(string name)
    {
        var row = Rows.Single(row => row.Name == name);
        var program = InstalledProgram.Find("openssl");
        await workers.AssertUnharmedAsync();
        var worker = await workers.WorkerAsync(row.Setting);
        var mark = worker.Mark;
        var (leaf, key, rest) = workers.Write(row);
        string[] chain = rest is null ? [] : ["-cert_chain", rest];
        await using var client = ChildProcess.Start(
            program, ["s_client", "-dtls1_2", "-connect", $"{worker.EndPoint}", "-cipher", OpenSslClient.Ccm8, "-cert", leaf, "-key", key, .. chain]);
        if (row.Device is null)
        {
            // Its end is not waited for: s_client lingers half a second over a closed connection.
            var said = await client.WaitForLineAsync(line => line.Contains("SSL alert number", StringComparison.Ordinal), TimeSpan.FromSeconds(20));
            Assert.EndsWith($"SSL alert number {row.Handshake?.Alert ?? row.Alert}", said, StringComparison.Ordinal);
        }

        await TellsAsync(worker, row, mark);
    }

    [Theory]
    [MemberData(nameof(ByUs))]
    public async Task What_openssl_cannot_send_gets_the_alert_too(string name)
    {
        var row = Rows.Single(row => row.Name == name);
        await workers.AssertUnharmedAsync();
        var worker = await workers.WorkerAsync(row.Setting);
        var mark = worker.Mark;
        using var device = new OwnDevice(worker.EndPoint, DtlsCredentials.FromEcdsa(row.Chain, TableWorkers.Table.Pki.DeviceKey));
        await device.RunUntilAsync(() => device.IsConnected || device.Failure is not null);
        Assert.Equal((AlertDescription)(row.Handshake?.Alert ?? row.Alert), device.Failure?.Alert);
        await TellsAsync(worker, row, mark);
    }

    [Fact]
    public async Task A_hundred_refusals_leave_nothing_behind()
    {
        var worker = await workers.WorkerAsync(Setting.Shipped);
        await workers.AssertUnharmedAsync();
        var before = await worker.MetricAsync("coapbridge_dtls_connections");
        foreach (var row in Rows.Where(row => row.Device is null && row.Setting == Setting.Shipped && row.Pkcs8 is null).Take(100))
        {
            using var device = new OwnDevice(worker.EndPoint, DtlsCredentials.FromEcdsa(row.Chain, TableWorkers.Table.Pki.DeviceKey));
            await device.RunUntilAsync(() => device.IsConnected || device.Failure is not null);
            Assert.False(device.IsConnected, row.Name);
        }

        Assert.True(await worker.MetricAsync("coapbridge_dtls_connections") <= before);
        await workers.AssertUnharmedAsync();
        using var honest = new OwnDevice(worker.EndPoint, DtlsCredentials.FromEcdsa([TableWorkers.Table.Pki.Device()], TableWorkers.Table.Pki.DeviceKey));
        await honest.ConnectAsync();
    }

    [Fact]
    public async Task A_device_whose_revocation_nobody_can_tell_is_let_in_with_a_word_when_the_setting_says_so()
    {
        var worker = await workers.WorkerAsync(Setting.Shipped);
        var mark = worker.Mark;
        var pki = TableWorkers.Table.Pki;
        using var device = new OwnDevice(worker.EndPoint, DtlsCredentials.FromEcdsa([pki.Device(issuer: pki.P384)], pki.DeviceKey));
        await device.ConnectAsync();

        // Lines of other devices of this name may still be on their way.
        var line = await worker.WaitForLogAsync("detail=\"there is no revocation list of CN=P-384 CA\" ", mark);
        Assert.Contains(" handshake result=ok device=device-1 ", line, StringComparison.Ordinal);
    }

    private static async Task TellsAsync(WorkerProcess worker, CertificateCase row, int mark)
    {
        var line = await worker.WaitForLogAsync("handshake result=", mark);
        var said = row.Device is { } device
            ? $"handshake result=ok device={device} "
            : $"handshake result=refused reason={(row.Handshake?.Reason ?? row.Reason!.Value).ToWord()} ";
        Assert.True(line.Contains(said, StringComparison.Ordinal), line);
        if (row.Device is null)
        {
            Assert.True(line.Contains($" alert={row.Handshake?.Alert ?? row.Alert} ", StringComparison.Ordinal), line);
        }
    }
}
