using System.Globalization;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Status;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Interop.Tests.Browser;

/// <summary>
/// The status page of the built worker in Chromium: four states, on a desk and on a phone, light and dark. With STATUS_PICTURES naming
/// a folder the pictures are kept there for people to look at.
/// </summary>
public sealed class StatusPageTests(ChromiumFixture fixture) : IClassFixture<ChromiumFixture>, IDisposable
{
    private const int Desk = 1_280;
    private const int Phone = 375;

    private readonly TestPki _pki = new();

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task All_is_well()
    {
        var browser = await fixture.StartAsync();
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var first = await ConnectAsync(worker, 1);
        using var second = await ConnectAsync(worker, 2);
        Assert.Equal("2.04", await first.PostAsync("21.5"));

        var status = await StatusAsync(worker);
        Assert.Equal((StatusLight.Green, true, 2L, 2L, 0L), (status.Light, status.Ready, status.Connections.Live, status.Connections.HandshakesOk, status.Connections.HandshakesRefused));
        Assert.Equal("connected", status.Upstream.State);
        Assert.True(status.Upstream.CertificateDaysLeft > 0);
        Assert.Equal(["device-1", "device-2"], status.Devices.List.Select(device => device.Device));
        Assert.Equal([1, 0], status.Devices.List.Select(device => device.Messages));
        Assert.Empty(status.Problems);

        await ShowAsync(browser, worker, "all-well", (Desk, true), (Phone, false));
        Assert.Equal("All is well", await browser.EvaluateAsync("document.querySelector('h1').textContent"));
        Assert.Equal("device-1 device-2", await browser.EvaluateAsync("[...document.querySelectorAll('[aria-labelledby=h-devices] tbody th')].map(cell => cell.firstChild.data).join(' ')"));

        // A device is found by a part of its name, and the list is what the filter says.
        await browser.OpenAsync(new Uri(worker.Admin, "/?device=CE-2"), Desk, dark: false);
        Assert.Equal("1", await browser.EvaluateAsync("document.querySelectorAll('[aria-labelledby=h-devices] tbody tr').length"));
        Assert.Equal("CE-2", await browser.EvaluateAsync("document.querySelector('#device').value"));
    }

    [Fact]
    public async Task The_broker_is_away()
    {
        var browser = await fixture.StartAsync();
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = await ConnectAsync(worker, 1);
        await broker.StopAsync();
        await worker.WaitForLogAsync("upstream_away");
        for (var number = 0; number < 3; number++)
        {
            Assert.Equal("2.04", (await LibCoapClient.RequestAsync(_pki, worker.Uri("/e/door"), payload: "kept")).Code);
        }

        await Task.Delay(1_100, TestContext.Current.CancellationToken); // ages are whole seconds
        var status = await StatusAsync(worker);
        Assert.Equal((StatusLight.Red, false, "away", 3L), (status.Light, status.Ready, status.Upstream.State, status.Outbox.Messages));
        Assert.Equal(["upstream"], status.Missing);
        Assert.InRange(status.Outbox.OldestSeconds!.Value, 1, 60);
        Assert.Contains("Connection refused", status.Upstream.LastFailure!.What, StringComparison.Ordinal);
        Assert.NotNull(status.Upstream.LastFailure.Remedy);
        Assert.Contains(status.Problems, problem => problem.Event == "upstream_lost");
        Assert.Contains(status.Problems, problem => problem.Event == "upstream_away");
        Assert.Equal(0, await worker.MetricAsync("coapbridge_upstream_connected"));
        Assert.InRange(await worker.MetricAsync("coapbridge_outbox_oldest_age_seconds"), 1, 60);

        await ShowAsync(browser, worker, "broker-away");
        Assert.Equal("Not ready", await browser.EvaluateAsync("document.querySelector('h1').textContent"));
        Assert.StartsWith("There is no connection to the broker localhost:", await browser.EvaluateAsync("document.querySelector('.light li p').textContent"), StringComparison.Ordinal);
        Assert.Equal("3 waiting", await browser.EvaluateAsync("document.querySelectorAll('.glance strong')[2].textContent"));
    }

    [Fact]
    public async Task A_certificate_is_about_to_expire()
    {
        var browser = await fixture.StartAsync();
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        var ending = _pki.Demo.Ca.Issue(new()
        {
            CommonName = "gateway-1", DnsNames = ["localhost"], NotBefore = TestPki.Now.AddDays(-80), NotAfter = TestPki.Now.AddDays(9),
            ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
        });
        await File.WriteAllTextAsync(_pki["gateway.pem"], ending.CertificatePem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_pki["gateway.key"], ending.PrivateKeyPem, TestContext.Current.CancellationToken);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = await ConnectAsync(worker, 1);

        var status = await StatusAsync(worker);
        Assert.Equal((StatusLight.Yellow, true), (status.Light, status.Ready));
        Assert.InRange(status.Certificates[0].DaysLeft, 8, 9);
        Assert.Contains("less than 30 days", Assert.Single(status.Reasons).What, StringComparison.Ordinal);

        await ShowAsync(browser, worker, "certificate-expiring");
        Assert.Equal("Working, but look at this", await browser.EvaluateAsync("document.querySelector('h1').textContent"));
        Assert.Matches("^[89] days$", await browser.EvaluateAsync("document.querySelectorAll('.glance strong')[3].textContent"));
    }

    [Fact]
    public async Task Refusals_are_rising()
    {
        var browser = await fixture.StartAsync();
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        await using var worker = await WorkerProcess.StartConnectedAsync(_pki, broker);
        using var device = await ConnectAsync(worker, 1);
        var stranger = _pki.Stranger.Issue(new() { CommonName = "stranger" });
        for (var number = 0; number < 12; number++)
        {
            await RefusedAsync(worker, number < 9 ? stranger : _pki.Demo.Ca.Issue(new() { CommonName = "late", NotBefore = TestPki.Now.AddDays(-9), NotAfter = TestPki.Now.AddDays(-1) }));
        }

        var status = await StatusAsync(worker);
        Assert.Equal((StatusLight.Yellow, 12L, 12L), (status.Light, status.Connections.HandshakesRefused, status.Connections.RecentRefused));
        Assert.Equal([("unknown_ca", 9L), ("expired", 3L)], status.Connections.Refusals.Select(refusal => (refusal.Reason, refusal.Count)));
        Assert.Equal("CN=stranger", status.Connections.Refusals[0].Subject);

        await ShowAsync(browser, worker, "refusals-rising");
        Assert.StartsWith("Many devices are refused: 12 in the last 10 minutes", await browser.EvaluateAsync("document.querySelector('.light li p').textContent"), StringComparison.Ordinal);
        Assert.Equal("9 3", await browser.EvaluateAsync("[...document.querySelectorAll('[aria-labelledby=h-refused] tbody tr')].map(row => row.lastChild.textContent).join(' ')"));
    }

    [Fact]
    public async Task What_stands_in_the_address_is_shown_and_not_run()
    {
        const string hostile = "\"><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
        var browser = await fixture.StartAsync();
        await using var worker = await WorkerProcess.StartAsync(_pki, 1);
        await browser.OpenAsync(new Uri(worker.Admin, $"/?device={Uri.EscapeDataString(hostile)}"), Desk, dark: false);
        Assert.Equal("0", await browser.EvaluateAsync("document.querySelectorAll('script, img').length"));
        Assert.StartsWith("Not ready", await browser.EvaluateAsync("document.title"), StringComparison.Ordinal);
        Assert.Equal(hostile, await browser.EvaluateAsync("document.querySelector('#device').value"));
        Assert.Contains(hostile, await browser.EvaluateAsync("document.querySelector('[aria-labelledby=h-devices]').textContent"), StringComparison.Ordinal);
        Assert.Empty(browser.Complaints);
    }

    /// <summary>On a desk in the light and on a phone in the dark, if not more: nothing is refused by the policy, wider than the window, or too pale to read.</summary>
    private async Task ShowAsync(Chromium browser, WorkerProcess worker, string name, params (int Width, bool Dark)[] others)
    {
        (int, bool)[] views = [(Desk, false), (Phone, true), .. others];
        foreach (var (width, dark) in views)
        {
            await browser.OpenAsync(worker.Admin, width, dark);
            Assert.Empty(browser.Complaints);
            Assert.Equal("en", await browser.EvaluateAsync("document.documentElement.lang"));
            Assert.Equal("", await browser.EvaluateAsync(PageMeasures.TooWide));
            Assert.Equal("", await browser.EvaluateAsync(PageMeasures.TooPale));
            if (Environment.GetEnvironmentVariable("STATUS_PICTURES") is { } folder)
            {
                var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{width}-{(dark ? "dark" : "light")}.png"));
                await File.WriteAllBytesAsync(file, await browser.PictureAsync(), TestContext.Current.CancellationToken);
            }
        }
    }

    private static async Task<StatusSnapshot> StatusAsync(WorkerProcess worker) => StatusJson.Read((await worker.GetAsync("/status.json")).Body)!;

    private async Task<OwnDevice> ConnectAsync(WorkerProcess worker, int number)
    {
        var device = OwnDevice.Of(worker, _pki.Demo.Device(number), [1, 2]);
        await device.ConnectAsync();
        return device;
    }

    private static async Task RefusedAsync(WorkerProcess worker, IssuedCertificate certificate)
    {
        using var device = OwnDevice.Of(worker, certificate);
        await device.RunUntilAsync(() => device.Failure is not null);
        Assert.Equal("peer_alert", device.Failure!.Reason);
    }
}
