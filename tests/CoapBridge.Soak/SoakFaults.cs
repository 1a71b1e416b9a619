using System.Globalization;
using CoapBridge.Proof.Brokers;
using CoapBridge.Proof.Faults;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Soak;

/// <summary>What goes wrong, one thing after the other; each is over before the next begins.</summary>
internal sealed class SoakFaults(SoakGateway gateway, MosquittoProcess broker, FaultyNetwork network, DemoPki pki, string folder, Random random, Action<string> tell)
{
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private int _certificates;

    /// <summary>How often each happened.</summary>
    public string Summary => string.Join(", ", _counts.Select(entry => $"{entry.Value} × {entry.Key}"));

    /// <summary>One of those that an operator's network and broker bring.</summary>
    public Task NextAsync(CancellationToken stop) => random.Next(6) switch
    {
        0 => RestartBrokerAsync(stop),
        1 => CutAsync(stop),
        2 => SilenceAsync(stop),
        3 => CrawlAsync(stop),
        4 => ReloadAsync("reload of the policy", WritePolicy),
        _ => ReloadAsync("reload of a new certificate", WriteCertificate),
    };

    /// <summary>SIGTERM and start: the connections are kept.</summary>
    public async Task RestartGatewayAsync()
    {
        Note("restart of the gateway");
        await gateway.StopAsync();
        await gateway.StartAsync();
    }

    private async Task RestartBrokerAsync(CancellationToken stop)
    {
        Note("restart of the broker");
        await broker.EndAsync();
        await Task.Delay(random.Next(500, 15_000), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await broker.StartAsync();
    }

    private async Task CutAsync(CancellationToken stop)
    {
        Note("cut of the network");
        network.Refuses = true;
        network.Cut(resets: random.Next(2) == 0);
        await Task.Delay(random.Next(500, 20_000), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        network.Refuses = false;
    }

    private async Task SilenceAsync(CancellationToken stop)
    {
        Note("silence of the network");
        network.Up = random.Next(2) == 0 ? FaultyNetwork.Flow.Shut : FaultyNetwork.Flow.Open;
        network.Down = FaultyNetwork.Flow.Shut;
        await Task.Delay(random.Next(1_000, 30_000), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        network.Up = network.Down = FaultyNetwork.Flow.Open;
    }

    private async Task CrawlAsync(CancellationToken stop)
    {
        Note("slow network");
        network.Up = network.Down = FaultyNetwork.Flow.Trickle;
        await Task.Delay(random.Next(5_000, 30_000), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        network.Up = network.Down = FaultyNetwork.Flow.Open;
    }

    private async Task ReloadAsync(string what, Action write)
    {
        Note(what);
        write();
        gateway.Reload();
        await Task.Delay(2_000);
    }

    private void WritePolicy()
    {
        var extra = random.Next(2) == 0 ? "" : """, { "Effect": "Deny", "Action": ["Retain"], "Resource": ["devices/nobody/*"] }""";
        Replace("policy.json", $$"""
            { "Version": "1", "Statement": [
              { "Effect": "Allow", "Action": ["Publish", "Retain", "Get", "Observe", "Command", "Call"], "Resource": ["devices/${device}/*"] }{{extra}} ] }
            """);
    }

    private void WriteCertificate()
    {
        var issued = pki.Ca.Issue(new CertificateOptions
        {
            CommonName = "gateway-1", DnsNames = ["localhost"], IpAddresses = [System.Net.IPAddress.Loopback],
            ExtendedKeyUsage = [CertificatePurposes.ServerAuth, CertificatePurposes.ClientAuth],
        });
        var name = string.Create(CultureInfo.InvariantCulture, $"renewed-{++_certificates}");
        issued.Write(folder, name);
        File.Move(Path.Combine(folder, name + ".key"), Path.Combine(folder, "gateway.key"), overwrite: true);
        File.Move(Path.Combine(folder, name + ".pem"), Path.Combine(folder, "gateway.pem"), overwrite: true);
    }

    private void Replace(string file, string text)
    {
        var path = Path.Combine(folder, file);
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    private void Note(string what)
    {
        tell(what);
        _counts[what] = _counts.GetValueOrDefault(what) + 1;
    }
}
