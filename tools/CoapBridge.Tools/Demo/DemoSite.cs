using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using CoapBridge.Tools.Broker;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Tools.Demo;

/// <summary>What runs during a demo: a folder with certificates and configuration, a broker in this process, a gateway as a child.</summary>
public sealed class DemoSite : IAsyncDisposable
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(20);
    private readonly X509Certificate2Collection _brokerChain;
    private readonly bool _temporary;
    private GatewayProcess? _gateway;

    private DemoSite(DemoPki pki, string folder, bool temporary)
    {
        Pki = pki;
        Folder = folder;
        _temporary = temporary;
        _brokerChain = [pki.Broker.ToX509WithKey()];
        Broker = new DevelopmentBroker(
            new IPEndPoint(IPAddress.Loopback, 0), _brokerChain, [X509CertificateLoader.LoadCertificate(pki.Ca.Certificate.Der)]);
        Coap = new IPEndPoint(IPAddress.Loopback, FreePorts.Udp());
        Admin = new IPEndPoint(IPAddress.Loopback, FreePorts.Tcp());
    }

    public DemoPki Pki { get; }

    /// <summary>Where all files are.</summary>
    public string Folder { get; }

    public DevelopmentBroker Broker { get; }

    /// <summary>Where devices reach the gateway, UDP.</summary>
    public IPEndPoint Coap { get; }

    /// <summary>The gateway's admin address, HTTP.</summary>
    public IPEndPoint Admin { get; }

    public GatewayProcess Gateway => _gateway ?? throw new InvalidOperationException("The gateway was not started.");

    /// <summary>Makes certificates and configuration, but starts nothing.</summary>
    /// <param name="folder">Where to write and leave them; null: a temporary folder that is removed with this object.</param>
    /// <exception cref="IOException">The folder has some of the files already.</exception>
    public static DemoSite Create(string? folder)
    {
        var pki = DemoPki.Create(DateTimeOffset.UtcNow);
        var site = new DemoSite(pki, folder ?? Directory.CreateTempSubdirectory("coapbridge-demo-").FullName, folder is null);
        pki.Write(site.Folder);
        return site;
    }

    /// <summary>Starts broker and gateway; returns when the gateway is ready.</summary>
    /// <exception cref="InvalidOperationException">The gateway did not become ready; the message has its log.</exception>
    public async Task StartAsync(CancellationToken stopping)
    {
        await Broker.StartAsync();
        var file = Path.Combine(Folder, "gateway.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(Configuration(), _indented), stopping);
        _gateway = GatewayProcess.Start(file);
        await _gateway.WaitUntilReadyAsync(Admin, _startLimit, stopping);
    }

    /// <summary>What a device with this certificate needs to connect.</summary>
    public DeviceSettings SettingsOf(IssuedCertificate device) => new()
    {
        Server = Coap,
        Credentials = DeviceFiles.FromPem(device.CertificatePem, device.PrivateKeyPem),
        Trust = GatewayTrust.Create([Pki.Ca.Certificate.Der], $"{Coap.Address}"),
        HandshakeTimeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>Ends the gateway, then the broker, and removes a temporary folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await Broker.DisposeAsync();
        _brokerChain[0].Dispose();
        if (_temporary)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private Dictionary<string, object> Configuration() => new()
    {
        ["Identity"] = new { Certificate = "gateway.pem", PrivateKey = "gateway.key", CloudCa = "ca.pem" },
        ["Listen"] = new { Endpoints = new[] { $"{Coap}" } },
        ["Upstream"] = new { Mqtt = new { Host = "localhost", Broker.Port, ClientId = "gateway-1" } },
        ["Admin"] = new { Listen = $"{Admin}" },
    };
}
