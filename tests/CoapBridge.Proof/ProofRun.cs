using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CoapBridge.Proof.Brokers;
using CoapBridge.Proof.Devices;
using CoapBridge.Proof.Faults;
using CoapBridge.Coap;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Proof;

/// <summary>
/// Devices post to a gateway process with a broker process behind a network, while one thing after the other goes wrong; then all is
/// well again, the outbox drains, and the <see cref="Judging.Judge"/> compares.
/// </summary>
internal sealed class ProofRun : IAsyncDisposable
{
    /// <summary>Megabytes.</summary>
    private const int DiskSize = 16;

    private static readonly TimeSpan DrainLimit = TimeSpan.FromMinutes(3);

    private readonly ProofSettings _settings;
    private readonly Random _random;
    private readonly DemoPki _pki;
    private readonly BrokerUnderProof _broker;
    private readonly FaultyNetwork _network;
    private readonly SmallDisk? _disk;
    private readonly GatewayUnderProof _gateway;
    private readonly IPEndPoint _door = new(IPAddress.Loopback, FreePort(SocketType.Dgram, ProtocolType.Udp));
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private FaultRun _faults = null!;

    private ProofRun(ProofSettings settings, SmallDisk? disk)
    {
        _settings = settings;
        _random = new Random(settings.Seed);
        _disk = disk;
        _pki = DemoPki.Create(DateTimeOffset.UtcNow, settings.Devices);
        _pki.Write(settings.Folder);
        var port = FreePort(SocketType.Stream, ProtocolType.Tcp);
        _broker = settings.WithMosquitto ? new Mosquitto(settings.Folder) { Port = port } : new RecordingProcess(settings.Folder, new Random(settings.Seed)) { Port = port };
        _network = new FaultyNetwork(port);
        var admin = new IPEndPoint(IPAddress.Loopback, FreePort(SocketType.Stream, ProtocolType.Tcp));
        _gateway = new GatewayUnderProof(settings.Folder, _door, admin, _network.Port, disk?.Path ?? Path.Combine(settings.Folder, "state"), disk?.Prefix ?? []);
    }

    /// <exception cref="ProofException">It could not be carried out.</exception>
    public static async Task<ProofReport> CarryOutAsync(ProofSettings settings)
    {
        var (disk, problem) = await SmallDisk.MountAsync(settings.Folder, DiskSize);
        settings.Tell($"seed {settings.Seed}, {settings.Devices} devices, {settings.Faults} faults");
        if (disk is null)
        {
            settings.Tell($"without a full disk: {problem}");
        }

        await using var run = new ProofRun(settings, disk);
        return await run.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _broker.DisposeAsync();
        await _network.DisposeAsync();
        if (_disk is not null)
        {
            await _disk.DisposeAsync();
        }
    }

    private async Task<ProofReport> RunAsync()
    {
        await _broker.StartAsync();
        await _gateway.StartAsync();
        _faults = new FaultRun(_gateway, _broker, _network, _disk, Tell);
        using var end = new CancellationTokenSource();
        var devices = Enumerable.Range(1, _settings.Devices).Select(NewDevice).ToList();
        var posting = devices.Select(device => Task.Run(() => device.RunAsync(end.Token))).ToList();
        await Task.Delay(TimeSpan.FromSeconds(2)); // handshakes
        await _faults.RunAsync(Fault.Plan(_settings.Seed, _settings.Faults, Kinds()));
        Tell("peace");
        await Task.Delay(TimeSpan.FromSeconds(2));
        await end.CancelAsync();
        await Task.WhenAll(posting);
        await DrainAsync();
        var stored = _faults.Stored + await _gateway.StoredAsync();
        await _gateway.StopAsync();
        return new ProofReport([.. devices.SelectMany(device => device.Posted)], _broker.Collect(), stored, _gateway.Faults);
    }

    private List<FaultKind> Kinds()
    {
        List<FaultKind> kinds = _settings.WithMosquitto
            ? [FaultKind.BrokerRestart, FaultKind.NetworkCut, FaultKind.NetworkSilent, FaultKind.SlowReader, FaultKind.AcksWithheld]
            : [.. Enum.GetValues<FaultKind>()];
        if (_disk is null)
        {
            kinds.Remove(FaultKind.DiskFull);
        }

        return kinds;
    }

    private async Task DrainAsync()
    {
        double waiting = -1;
        for (var clock = Stopwatch.StartNew(); waiting != 0; await Task.Delay(200))
        {
            waiting = await _gateway.MetricAsync("coapbridge_outbox_waiting");
            if (clock.Elapsed > DrainLimit)
            {
                _gateway.Faults.Add($"drain: {waiting} messages are still in the outbox {DrainLimit.TotalSeconds} s after the last fault");
                return;
            }
        }

        Tell("drained");
        await Task.Delay(TimeSpan.FromSeconds(_settings.WithMosquitto ? 3 : 0.5)); // to the subscriber
    }

    private ProofDevice NewDevice(int number)
    {
        var name = $"device-{number}";
        var settings = new DeviceSettings
        {
            Server = _door,
            Credentials = DeviceFiles.FromPem(_pki.Device(number).CertificatePem, _pki.Device(number).PrivateKeyPem),
            Trust = GatewayTrust.Create([_pki.Ca.Certificate.Der], "127.0.0.1"),
            HandshakeTimeout = TimeSpan.FromSeconds(10),
            Transmission = new TransmissionParameters { AckTimeout = TimeSpan.FromSeconds(1) },
        };
        return new ProofDevice(name, settings, Uri("e"), Uri("t"), new Random(_settings.Seed + number), () => _faults.WantsLarge);
    }

    private CoapUri Uri(string path) => CoapUri.TryParse($"coaps://{_door}/{path}", out var problem) ?? throw new ProofException(problem);

    private void Tell(string line) => _settings.Tell(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds,7:0.0} s  {line}"));

    private static int FreePort(SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
