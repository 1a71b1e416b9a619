using System.Security.Cryptography;
using CoapBridge.Interop.Tests.Harness;
using CoapBridge.Tests.Identity.Table;

namespace CoapBridge.Interop.Tests.DeviceCertificates;

/// <summary>The files of the table of device certificates, and a worker for each of its settings, started when first asked for.</summary>
public sealed class TableWorkers : IAsyncDisposable
{
    private readonly TestPki _files = new();
    private readonly Dictionary<Setting, WorkerProcess> _workers = [];
    private OwnDevice? _canary;

    public TableWorkers()
    {
        Write("anchors.pem", string.Concat(Pki.Anchors.Select(ca => ca.Certificate.CertificatePem)));
        Pki.Own.Write(_files.Folder, "own");
        Write("common.key", PemEncoding.WriteString("PRIVATE KEY", Pki.DeviceKey.ExportPkcs8PrivateKey()));
        Write("denied.txt", Pki.Denied);
        Write("allowed.txt", TablePki.Allowed);
        foreach (var (list, number) in Pki.RevocationLists.Select((list, number) => (list, number)))
        {
            Write($"{number}.crl", PemEncoding.WriteString("X509 CRL", list));
        }
    }

    internal static CertificateTable Table { get; } = new(TestPki.Now);

    private static TablePki Pki => Table.Pki;

    internal async Task<WorkerProcess> WorkerAsync(Setting setting)
    {
        if (!_workers.TryGetValue(setting, out var worker))
        {
            string[] own = setting switch
            {
                Setting.KeyUsageIfPresent => ["--Devices:KeyUsage=IfPresent"],
                Setting.ExtendedKeyUsageRequired => ["--Devices:ExtendedKeyUsage=Required"],
                Setting.SanDns or Setting.SanUri => [$"--Devices:Name={setting}"],
                Setting.Allowed => ["--Devices:Allowed=allowed.txt"],
                _ => [],
            };
            // Nobody is at port 1: handshakes need no broker.
            _workers[setting] = worker = await WorkerProcess.StartAsync(
                _files, 1, null,
                [
                    $"--State:Directory={_files[$"state-{setting}"]}", "--Identity:Certificate=own.pem", "--Identity:PrivateKey=own.key", "--Identity:CloudCa=anchors.pem", "--Devices:Denied=denied.txt",
                    $"--Devices:RevocationLists={string.Join(',', Pki.RevocationLists.Select((_, number) => $"{number}.crl"))}",
                    $"--Devices:StaleRevocationList={(setting == Setting.StaleRefuses ? "Refuse" : "Warn")}", .. own,
                ]);
        }

        return worker;
    }

    /// <summary>
    /// A device that was connected before still gets its answers, nothing was thrown, and nobody who was refused is left behind.
    /// </summary>
    internal async Task AssertUnharmedAsync()
    {
        var worker = await WorkerAsync(Setting.Shipped);
        if (_canary is null)
        {
            _canary = OwnDevice.Of(worker, Pki.Root.Issue(new() { CommonName = "canary" }));
            await _canary.ConnectAsync();
        }

        Assert.Equal("5.03", await _canary.PostAsync("still here")); // there is no broker
        Assert.Equal(0, await worker.MetricAsync("coapbridge_unhandled_exceptions_total"));
    }

    /// <summary>Writes what a client loads; the result: leaf, key, and the rest of the chain, if there is any.</summary>
    internal (string Leaf, string Key, string? Others) Write(CertificateCase row)
    {
        Write("leaf.pem", PemEncoding.WriteString("CERTIFICATE", row.Chain[0]));
        if (row.Pkcs8 is { } pkcs8)
        {
            Write("row.key", PemEncoding.WriteString("PRIVATE KEY", pkcs8));
        }

        if (row.Chain.Length > 1)
        {
            Write("rest.pem", string.Join('\n', row.Chain.Skip(1).Select(der => PemEncoding.WriteString("CERTIFICATE", der))));
        }

        return (_files["leaf.pem"], _files[row.Pkcs8 is null ? "common.key" : "row.key"], row.Chain.Length > 1 ? _files["rest.pem"] : null);
    }

    public async ValueTask DisposeAsync()
    {
        _canary?.Dispose();
        foreach (var worker in _workers.Values)
        {
            await worker.DisposeAsync();
        }

        _files.Dispose();
    }

    private void Write(string file, string text) => File.WriteAllText(_files[file], text);
}
