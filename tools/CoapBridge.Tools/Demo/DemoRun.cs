using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Telemetry;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tools.Demo;

/// <summary>The script of the verb <c>demo</c>. Everything in it is real: processes, sockets, certificates.</summary>
/// <param name="output">Where its lines go.</param>
/// <param name="folder">Where to leave certificates and configuration; null: a temporary folder, removed at the end.</param>
public sealed class DemoRun(TextWriter output, string? folder)
{
    private const int Well = 0;
    private const int Wrong = 1;
    private static readonly TimeSpan _onceLimit = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _logLimit = TimeSpan.FromSeconds(5);
    private bool _allWell = true;

    /// <summary>0 when all went as it should, also when it was stopped after the round trips; else 1.</summary>
    /// <param name="once">End after the round trips.</param>
    /// <param name="stopping">Ctrl-C.</param>
    public async Task<int> RunAsync(bool once, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        if (once)
        {
            limit.CancelAfter(_onceLimit);
        }

        try
        {
            await using var site = DemoSite.Create(folder);
            await PlayAsync(site, once, limit.Token);
            Check(await site.Gateway.StopAsync() == 0, "the gateway did not end by itself with exit code 0");
        }
        catch (OperationCanceledException)
        {
            Check(stopping.IsCancellationRequested, $"not done after {_onceLimit.TotalSeconds} s");
            return _allWell && !once ? Well : Wrong;
        }
        catch (Exception failed) when (failed is InvalidOperationException or IOException or UnauthorizedAccessException or DeviceConnectionException)
        {
            Check(false, failed.Message);
        }

        await output.WriteLineAsync(_allWell ? "All went as it should." : "Not all went as it should.");
        return _allWell ? Well : Wrong;
    }

    private async Task PlayAsync(DemoSite site, bool once, CancellationToken stopping)
    {
        var begin = Stopwatch.GetTimestamp();
        await site.StartAsync(stopping);
        await output.WriteLineAsync($"""
            broker    127.0.0.1:{site.Broker.Port}, MQTT 5 over mutual TLS
            gateway   {site.Coap}, CoAP over DTLS 1.2, ready after {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s (process {site.Gateway.Id})
            files     {site.Folder}

            Three devices, each with its certificate of the cloud's CA:

            """);
        var watch = new BrokerWatch(site.Broker);
        var devices = Enumerable.Range(1, 3).Select(i => new DemoDevice($"device-{i}", site.SettingsOf(site.Pki.Device(i)), watch, output)).ToList();
        try
        {
            await PostAsync(devices, stopping);
            await RefuseAsync(site, stopping);
            if (once)
            {
                return;
            }

            HandLines.WriteFiles(site);
            HandLines.Print(site, output);
            await GoOnAsync(site, watch, devices, stopping);
        }
        finally
        {
            foreach (var device in devices)
            {
                await device.DisposeAsync();
            }
        }
    }

    private async Task PostAsync(List<DemoDevice> devices, CancellationToken stopping)
    {
        foreach (var device in devices)
        {
            await device.ConnectAsync(stopping);
        }

        foreach (var device in devices)
        {
            Check(await device.PostTemperatureAsync(stopping), "a measurement did not make its way");
        }

        foreach (var device in devices)
        {
            Check(await device.PostAsync("e/door", "open", stopping), "an event did not make its way");
        }
    }

    private async Task RefuseAsync(DemoSite site, CancellationToken stopping)
    {
        await output.WriteLineAsync($"{Environment.NewLine}Two that are not let in:{Environment.NewLine}");
        var otherCa = CertificateAuthority.CreateRoot("Another CA", DateTimeOffset.UtcNow);
        var stranger = otherCa.Issue(new() { CommonName = "device-4" });
        await RefuseAsync(site, "device-4", "its certificate is of another CA", stranger, AlertDescription.UnknownCa, "unknown_ca", stopping);
        var unsigning = site.Pki.Ca.Issue(new() { CommonName = "device-5", KeyUsage = X509KeyUsageFlags.KeyAgreement });
        await RefuseAsync(
            site, "device-5", "its certificate has keyUsage without digitalSignature", unsigning, AlertDescription.UnsupportedCertificate, "key_usage", stopping);
    }

    private async Task RefuseAsync(
        DemoSite site, string name, string why, IssuedCertificate certificate, AlertDescription alert, string reason, CancellationToken stopping)
    {
        await output.WriteLineAsync($"  {name}  {why}");
        try
        {
            await using var client = await DeviceClient.ConnectAsync(site.SettingsOf(certificate), stopping);
            Check(false, $"{name} was let in");
        }
        catch (DeviceConnectionException refused)
        {
            var line = await site.Gateway.WaitForLineAsync(
                line => line.Event == "handshake" && line["peer"] == $"{refused.LocalEndPoint}", _logLimit, stopping);
            await output.WriteLineAsync($"      the device:   {refused.Detail}");
            await output.WriteLineAsync($"      the gateway:  {line?.Text ?? "no line in its log"}");
            Check(refused is { AlertReceived: true } && refused.Alert == alert, $"{name} was to hear alert {(byte)alert}");
            Check(line?["result"] == "refused" && line["reason"] == reason && line["alert"] == $"{(byte)alert}", $"the log was to say {reason}");
        }
    }

    private async Task GoOnAsync(DemoSite site, BrokerWatch watch, List<DemoDevice> devices, CancellationToken stopping)
    {
        await output.WriteLineAsync($"The devices go on, and what you do shows up between their lines. Ctrl-C ends everything.{Environment.NewLine}");
        watch.Surprise += message => output.WriteLine(
            $"  broker    {message.Topic} {LogValue.Format(Encoding.UTF8.GetString(message.Payload.Span))} (qos {(int)message.QualityOfService})");
        var telling = TellLogAsync(site.Gateway, stopping);
        await Task.WhenAll(devices.Select(device => device.GoOnAsync(_pause, stopping)));
        await telling;
    }

    private async Task TellLogAsync(GatewayProcess gateway, CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                if (await gateway.WaitForLineAsync(_ => true, TimeSpan.FromSeconds(30), stopping) is { } line)
                {
                    await output.WriteLineAsync($"  gateway   {line.Text}");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C.
        }
    }

    private void Check(bool well, string otherwise)
    {
        if (!well)
        {
            _allWell = false;
            output.WriteLine($"  WRONG: {otherwise}");
        }
    }
}
