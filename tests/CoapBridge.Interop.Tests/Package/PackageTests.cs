using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using CoapBridge.Coap;
using CoapBridge.Dtls;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tools.Device;

namespace CoapBridge.Interop.Tests.Package;

/// <summary>The life of the package on a clean Debian under systemd, as an operator lives it.</summary>
public sealed partial class PackageTests : IDisposable
{
    private const int Devices = 100;
    private const string Unit = "coapbridge";
    private const string Configuration = "/etc/coapbridge/appsettings.json";

    private readonly TestPki _pki = new();
    private readonly IPEndPoint _gateway = new(IPAddress.Loopback, Support.ForeignProgram.FreePort());
    private readonly IPEndPoint _admin = new(IPAddress.Loopback, MosquittoBroker.FreePort());
    private readonly List<DeviceClient> _devices = [];

    public void Dispose() => _pki.Dispose();

    [Fact]
    public async Task Installed_configured_upgraded_with_a_hundred_live_connections_removed_and_purged()
    {
        await using var machine = await DebianMachine.StartAsync();
        await using var broker = await MosquittoBroker.StartAsync(_pki);
        var package = await DebianPackage.BuildAsync();
        await InstallAsync(machine, package);
        await ConfigureAsync(machine, broker);
        await StartAsync(machine);
        try
        {
            await ConnectAsync();
            await UpgradeAsync(machine, await package.MakeNewerAsync(_pki.Folder));
            await RemoveAndComeBackAsync(machine, package);
        }
        finally
        {
            await Task.WhenAll(_devices.Select(device => device.DisposeAsync().AsTask()));
        }

        await GetStuckAsync(machine);
        await PurgeAsync(machine);
    }

    /// <summary>It is enabled, waits to be configured, and says what to do next.</summary>
    private static async Task InstallAsync(DebianMachine machine, DebianPackage package)
    {
        Assert.Contains("once it is configured", await DpkgAsync(machine, "--install", package), StringComparison.Ordinal);
        Assert.Equal("enabled", await machine.CompleteAsync("systemctl", "is-enabled", Unit));
        await machine.RunAsync("systemctl", "start", Unit);
        Assert.Equal("inactive", (await machine.RunAsync("systemctl", "is-active", Unit)).Output);
        Assert.Equal("inactive", (await machine.RunAsync("systemctl", "is-failed", Unit)).Output);
        await WaitForJournalAsync(machine, "not configured yet");
        Assert.Equal("", await machine.CompleteAsync("dpkg", "--verify", DebianPackage.Name));
        Assert.Equal(
            "root:coapbridge 750 /etc/coapbridge\nroot:coapbridge 640 /etc/coapbridge/appsettings.json\nroot:coapbridge 640 /etc/coapbridge/policy.json\n"
            + "coapbridge:coapbridge 700 /var/lib/coapbridge",
            await machine.CompleteAsync(
                "stat", "--format=%U:%G %a %n", "/etc/coapbridge", Configuration, "/etc/coapbridge/policy.json", "/var/lib/coapbridge"));
        Assert.Contains("connections", await machine.CompleteAsync(
            "bash", "-c", ". /usr/share/bash-completion/completions/coapbridge; COMP_LINE='coapbridge ' COMP_POINT=11 COMP_WORDS=(coapbridge '') COMP_CWORD=1; "
            + "_coapbridge; echo \"${COMPREPLY[@]}\" connections"), StringComparison.Ordinal);
    }

    /// <summary>As the message of the installation says.</summary>
    private async Task ConfigureAsync(DebianMachine machine, MosquittoBroker broker)
    {
        await File.WriteAllTextAsync(machine["/etc/hosts"], "127.0.0.1 localhost\n", TestContext.Current.CancellationToken);
        string[] files = ["gateway.pem", "gateway.key", "ca.pem"];
        foreach (var file in files)
        {
            File.Copy(_pki[file], machine["/root/" + file]);
        }

        // Where they are only root finds them, which init says.
        var init = await machine.CompleteAsync(
            "coapbridge", "init", "--yes", "--certificate", "/root/gateway.pem", "--key", "/root/gateway.key", "--ca", "/root/ca.pem", "--broker", $"localhost:{broker.Port}",
            "--listen", _gateway.ToString());
        Assert.Contains("  ‼ the service does not see /root, so it cannot read /root/gateway.key", init, StringComparison.Ordinal);
        Assert.Contains("      → install -m 640 -g coapbridge /root/gateway.key /etc/coapbridge/ and name it there", init, StringComparison.Ordinal);
        Assert.Equal("root:coapbridge 640", await machine.CompleteAsync("stat", "--format=%U:%G %a", Configuration));
        foreach (var file in files)
        {
            await machine.CompleteAsync("install", "-m", "640", "-g", "coapbridge", "/root/" + file, "/etc/coapbridge/");
        }

        await File.WriteAllTextAsync(machine[Configuration], $$"""
            {
              "Identity": { "Certificate": "gateway.pem", "PrivateKey": "gateway.key", "CloudCa": "ca.pem" },
              "Listen": { "Endpoints": ["{{_gateway}}"] },
              "Upstream": { "Mqtt": { "Host": "localhost", "Port": {{broker.Port}}, "ClientId": "gateway-1" } },
              "Admin": { "Listen": "{{_admin}}" }
            }
            """, TestContext.Current.CancellationToken);
        var (exitCode, report) = await machine.RunAsync(
            "setpriv", "--reuid=coapbridge", "--regid=coapbridge", "--clear-groups", "coapbridge", "check", "--config", Configuration);
        Assert.True(exitCode == 0, report);
    }

    private async Task StartAsync(DebianMachine machine)
    {
        await machine.CompleteAsync("systemctl", "start", Unit);
        var process = await MainProcessAsync(machine);
        Assert.Equal("coapbridge", await machine.CompleteAsync("stat", "--format=%U", $"/proc/{process}"));
        Assert.Contains("CapEff:\t0000000000000000", await machine.CompleteAsync("cat", $"/proc/{process}/status"), StringComparison.Ordinal);
        Assert.Equal("ok", await machine.CompleteAsync("coapbridge", "health", "--config", Configuration));
        Assert.Equal(2, Exposure(await machine.CompleteAsync("systemd-analyze", "security", "--no-pager", Unit)), 1.0); // below 2.0 is asserted of the file itself
        Assert.Contains("handshake", await MetricsAsync(), StringComparison.Ordinal);
    }

    /// <summary>Each with a certificate of its own.</summary>
    private async Task ConnectAsync()
    {
        var trust = GatewayTrust.Create([_pki.Demo.Ca.Certificate.Der], "localhost");
        for (var number = 0; number < Devices; number++)
        {
            var certificate = _pki.Demo.Ca.Issue(new() { CommonName = $"sensor-{number}" });
            _devices.Add(await DeviceClient.ConnectAsync(
                new DeviceSettings
                {
                    Server = _gateway, Credentials = DtlsCredentials.FromEcdsa([certificate.Der], certificate.OpenEcdsa()), Trust = trust,
                },
                TestContext.Current.CancellationToken));
        }

        await PostAsync("before");
    }

    /// <summary>Each device speaks while the package is exchanged, and hears the answer afterwards on the same connection.</summary>
    private async Task UpgradeAsync(DebianMachine machine, DebianPackage newer)
    {
        var before = await MainProcessAsync(machine);
        var upgrade = DpkgAsync(machine, "--force-confold", newer, "--install");
        while (Directory.Exists(machine[$"/proc/{before}"]) && !upgrade.IsCompleted)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await PostAsync("meanwhile");
        await upgrade;
        Assert.NotEqual(before, await MainProcessAsync(machine));
        Assert.EndsWith("+newer", await machine.CompleteAsync("dpkg-query", "--show", "--showformat=${Version}", DebianPackage.Name), StringComparison.Ordinal);
        await AssertNobodyShookHandsAgainAsync(machine);
    }

    /// <summary>Removal leaves configuration and data: with the package back, even the connections are.</summary>
    private async Task RemoveAndComeBackAsync(DebianMachine machine, DebianPackage package)
    {
        await machine.CompleteAsync("dpkg", "--remove", DebianPackage.Name);
        Assert.NotEqual("active", (await machine.RunAsync("systemctl", "is-active", Unit)).Output);
        Assert.False(File.Exists(machine["/usr/bin/coapbridge"]));
        Assert.True(File.Exists(machine[Configuration]));
        Assert.True(File.Exists(machine["/var/lib/coapbridge/connections.bin"]));
        await DpkgAsync(machine, "--force-confold", package, "--force-downgrade", "--install");
        await PostAsync("back");
        await AssertNobodyShookHandsAgainAsync(machine);
    }

    /// <summary>A process that does nothing any more is started again by systemd.</summary>
    private static async Task GetStuckAsync(DebianMachine machine)
    {
        await machine.CompleteAsync("sh", "-c", "mkdir -p /run/systemd/system/coapbridge.service.d && printf '[Service]\nWatchdogSec=8s\n' >/run/systemd/system/coapbridge.service.d/short.conf");
        await machine.CompleteAsync("systemctl", "daemon-reload");
        await machine.CompleteAsync("systemctl", "restart", Unit);
        var stuck = await MainProcessAsync(machine);
        await machine.CompleteAsync("sh", "-c", $"kill -STOP {stuck}");
        for (var attempt = 0; attempt < 300 && (await machine.RunAsync("systemctl", "is-active", Unit)).Output == "active"; attempt++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        await machine.CompleteAsync("timeout", "30", "sh", "-c", "until [ \"$(systemctl is-active coapbridge)\" = active ]; do sleep 0.2; done");
        Assert.NotEqual(stuck, await MainProcessAsync(machine));
        await WaitForJournalAsync(machine, "Watchdog timeout");
    }

    /// <summary>Data goes, what the operator has put there stays.</summary>
    private static async Task PurgeAsync(DebianMachine machine)
    {
        var output = await machine.CompleteAsync("dpkg", "--purge", DebianPackage.Name);
        Assert.Contains("gateway.key", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(machine["/var/lib/coapbridge"]));
        Assert.Equal(["ca.pem", "gateway.key", "gateway.pem"], Directory.GetFiles(machine["/etc/coapbridge"]).Select(Path.GetFileName).Order());
        Assert.NotEqual("active", (await machine.RunAsync("systemctl", "is-active", Unit)).Output);
        Assert.DoesNotContain(Unit, await machine.CompleteAsync("systemctl", "list-unit-files", "--no-pager"), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(machine["/etc/systemd/system/multi-user.target.wants"], "coapbridge*"));
    }

    private async Task PostAsync(string payload)
    {
        var target = CoapUri.TryParse($"coaps://{_gateway}/t", out var problem) ?? throw new InvalidOperationException(problem);
        var request = new DeviceRequest(CoapCode.Post, target) { Payload = Encoding.UTF8.GetBytes(payload), ContentFormat = 0 };
        var answers = await Task.WhenAll(_devices.Select(device => PostAsync(device, request)))
            .WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.All(answers, answer => Assert.Equal(CoapCode.Changed, answer.Code));
        Assert.DoesNotContain(_devices, device => device.Ended.IsCompleted);
    }

    /// <summary>Again while the gateway has no broker, as just after its start.</summary>
    private static async Task<DeviceResponse> PostAsync(DeviceClient device, DeviceRequest request)
    {
        while (true)
        {
            var answer = await device.RequestAsync(request, TestContext.Current.CancellationToken);
            if (answer.Code != CoapCode.ServiceUnavailable)
            {
                return answer;
            }

            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private async Task AssertNobodyShookHandsAgainAsync(DebianMachine machine)
    {
        Assert.Contains(
            $"connections_taken_up count={Devices} dropped=0", (await WaitForJournalAsync(machine, "connections_taken_up")).Split("starting ")[^1],
            StringComparison.Ordinal);
        Assert.DoesNotMatch(HandshakeCount(), await MetricsAsync());
    }

    private async Task<string> MetricsAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri($"http://{_admin}/metrics"), TestContext.Current.CancellationToken);
    }

    /// <summary>All of it, once it has this text; the journal hears of things a little later.</summary>
    private static async Task<string> WaitForJournalAsync(DebianMachine machine, string text)
    {
        for (var attempt = 0; ; attempt++)
        {
            var journal = await machine.CompleteAsync("journalctl", "--no-pager", "--output=cat", $"--unit={Unit}");
            if (journal.Contains(text, StringComparison.Ordinal))
            {
                return journal;
            }

            Assert.True(attempt < 50, $"'{text}' is not in the journal:\n{journal}");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<int> MainProcessAsync(DebianMachine machine) => int.Parse(
        await machine.CompleteAsync("systemctl", "show", "--property=MainPID", "--value", Unit), CultureInfo.InvariantCulture);

    private static Task<string> DpkgAsync(DebianMachine machine, string option, DebianPackage package, params string[] options)
    {
        File.Copy(package.File, machine["/root/package.deb"], overwrite: true);
        return machine.CompleteAsync(["dpkg", option, .. options, "/root/package.deb"]);
    }

    private static double Exposure(string report) =>
        double.Parse(ExposureLevel().Match(report).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Overall exposure level for \S+: ([0-9.]+)")]
    private static partial Regex ExposureLevel();

    [GeneratedRegex(@"coapbridge_dtls_handshake_duration_seconds_count\{[^}]*\} [1-9]")]
    private static partial Regex HandshakeCount();
}
