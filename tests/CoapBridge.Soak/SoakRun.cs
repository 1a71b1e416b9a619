using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CoapBridge.Dtls;
using CoapBridge.Mqtt;
using CoapBridge.Proof.Brokers;
using CoapBridge.Proof.Faults;
using CoapBridge.Tools.Device;
using CoapBridge.Tools.Pki;

namespace CoapBridge.Soak;

/// <summary>
/// A gateway's life in short: mixed traffic and faults for as long as one likes. The gateway is restarted in the first fifth only, so
/// that what follows is the life of one process, whose size is looked at.
/// </summary>
internal sealed class SoakRun : IAsyncDisposable
{
    private const int Strangers = 6;

    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(5);

    /// <summary>For what is under way, and for the outbox, once all is well.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2);

    private readonly SoakSettings _settings;
    private readonly Random _random;
    private readonly DemoPki _pki;
    private readonly Ledger _ledger = new();
    private readonly SoakCurve _curve = new();
    private readonly MosquittoProcess _broker;
    private readonly FaultyNetwork _network;
    private readonly SoakGateway _gateway;
    private readonly SoakFaults _faults;
    private readonly Cloud _cloud;
    private readonly SoakFleet _fleet;
    private readonly Companion[] _companions;
    private readonly Noise _noise;
    private readonly ConcurrentDictionary<string, byte> _commands = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Dictionary<string, Func<int>> _newest = [];

    private SoakRun(SoakSettings settings)
    {
        _settings = settings;
        _random = new Random(settings.Seed);
        _pki = DemoPki.Create(DateTimeOffset.UtcNow, settings.Devices + settings.Companions + 1);
        _pki.Write(settings.Folder);
        var brokerPort = FreePort(SocketType.Stream, ProtocolType.Tcp);
        var door = new IPEndPoint(IPAddress.Loopback, FreePort(SocketType.Dgram, ProtocolType.Udp));
        _broker = new MosquittoProcess(settings.Folder, brokerPort);
        _network = new FaultyNetwork(brokerPort);
        _gateway = new SoakGateway(settings.Folder, door, new IPEndPoint(IPAddress.Loopback, FreePort(SocketType.Stream, ProtocolType.Tcp)), _network.Port);
        _faults = new SoakFaults(_gateway, _broker, _network, _pki, settings.Folder, _random, Tell);
        _cloud = new Cloud(brokerPort, _pki.Device(settings.Devices + settings.Companions + 1).ToX509WithKey(), X509CertificateLoader.LoadCertificate(_pki.Ca.Certificate.Der));
        _cloud.Seen += See;
        var trust = GatewayTrust.Create([_pki.Ca.Certificate.Der], "127.0.0.1");
        _fleet = new SoakFleet(door, [.. Enumerable.Range(1, settings.Devices).Select(number => ($"device-{number}", Of(_pki.Device(number), trust)))], [.. NewStrangers(trust)], settings.Rate, _ledger, settings.Seed);
        _companions = [.. Enumerable.Range(settings.Devices + 1, settings.Companions).Select(number => new Companion(
            $"device-{number}", new DeviceSettings { Server = door, Credentials = DtlsCredentials.FromEcdsa([_pki.Device(number).Der], _pki.Device(number).OpenEcdsa()), Trust = trust },
            _ledger, new Random(settings.Seed + number)))];
        _noise = new Noise(door, settings.Seed);
        for (var number = 1; number <= settings.Devices; number++)
        {
            var index = number - 1;
            _newest[$"device-{number}"] = () => Volatile.Read(ref _fleet.Newest[index]);
        }

        Array.ForEach(_companions, companion => _newest[companion.Name] = () => companion.Newest);
    }

    /// <summary>Until the time is over or it is stopped; the report is about what was done until then.</summary>
    public static async Task<SoakReport> CarryOutAsync(SoakSettings settings, CancellationToken stop)
    {
        await using var run = new SoakRun(settings);
        return await run.RunAsync(stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _cloud.DisposeAsync();
        await _network.DisposeAsync();
        await _broker.DisposeAsync();
    }

    private async Task<SoakReport> RunAsync(CancellationToken stop)
    {
        Tell($"seed {_settings.Seed}, {_settings.Devices} devices and {_settings.Companions} that do more, {_settings.Rate} messages a second, for {_settings.Length}; files in {_settings.Folder}");
        await _broker.StartAsync();
        await _cloud.StartAsync();
        await _gateway.StartAsync();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        over.CancelAfter(_settings.Length);
        using var sampled = new CancellationTokenSource();
        var sampling = SampleAsync(sampled.Token);
        _fleet.Start();
        Task[] living = [.. _companions.Select(companion => companion.RunAsync(over.Token)), CommandAsync(over.Token), _noise.RunAsync(over.Token)];
        await FaultsAsync(over.Token);
        await Task.WhenAll(living);
        _fleet.StopPosting();
        await sampled.CancelAsync();
        await sampling;
        Tell("all is well again; what is under way ends");
        var settled = await SettleAsync();
        await Task.WhenAll(_companions.Select(companion =>
            companion.CheckAsync([.. _commands.Keys.Where(command => command.StartsWith($"{companion.Name} ", StringComparison.Ordinal))], CancellationToken.None)));
        _fleet.Stop();
        await Task.Delay(2_000, CancellationToken.None);
        var last = await _gateway.MeasureAsync();
        await _gateway.StopAsync();
        return new SoakReport(_settings, _clock.Elapsed, _ledger, _curve, last, _faults.Summary, _fleet, _companions, [.. _commands.Keys], _noise.Sent, [.. _gateway.Faults, .. settled]);
    }

    /// <summary>Two restarts in the first fifth, then only what comes from outside.</summary>
    private async Task FaultsAsync(CancellationToken over)
    {
        for (var restarts = 0; !over.IsCancellationRequested;)
        {
            await Task.Delay(_random.Next(15_000, 45_000), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested)
            {
                return;
            }

            if (restarts < 2 && _clock.Elapsed > _settings.Length * (restarts + 1) / 12)
            {
                restarts++;
                await _faults.RestartGatewayAsync();
            }
            else
            {
                await _faults.NextAsync(over);
            }
        }
    }

    /// <summary>A command now and then; each must have been given to its device in the end.</summary>
    private async Task CommandAsync(CancellationToken over)
    {
        // Before a device connects for the first time nobody takes its commands.
        await Task.Delay(TimeSpan.FromSeconds(20), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var number = 1; !over.IsCancellationRequested; number++)
        {
            var companion = _companions[_random.Next(_companions.Length)];
            var payload = string.Create(CultureInfo.InvariantCulture, $"{companion.Name} command {number}");
            _commands.TryAdd(payload, 0);
            _cloud.Publish($"devices/{companion.Name}/c/do", payload, correlation: payload);
            await Task.Delay(TimeSpan.FromSeconds(2), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SampleAsync(CancellationToken over)
    {
        for (var next = TimeSpan.Zero; !over.IsCancellationRequested;)
        {
            if (await _gateway.MeasureAsync() is { } sample)
            {
                _curve.Add(sample);
                if (_clock.Elapsed >= next)
                {
                    next = _clock.Elapsed + TimeSpan.FromSeconds(60);
                    Tell($"{sample.Memory / 1024} MiB, {sample.Handles} handles, {sample.Threads} threads, {sample.Metric("coapbridge_dtls_connections")} connections, "
                        + $"{sample.Metric("coapbridge_outbox_waiting")} in the outbox; {_ledger.Arrivals} arrived, {_ledger.Owed.Count} owed");
                }
            }

            await Task.Delay(SampleInterval, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What does not come to an end.</summary>
    private async Task<List<string>> SettleAsync()
    {
        var still = "";
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < SettleLimit; await Task.Delay(500))
        {
            var sample = await _gateway.MeasureAsync();
            string[] waiting = ["coapbridge_outbox_waiting", "coapbridge_relay_requests_open", "coapbridge_dtls_handshakes_open", "coapbridge_work_depth"];
            still = sample is null ? "the gateway does not answer" : string.Join(", ", waiting.Where(name => sample.Metric(name) > 0).Select(name => $"{name} {sample.Metric(name)}"));
            if (still.Length == 0 && _ledger.Owed.Count == 0)
            {
                return [];
            }
        }

        return still.Length > 0 ? [$"not settled after {SettleLimit.TotalMinutes} minutes: {still}"] : [];
    }

    private void See(ApplicationMessage message)
    {
        var words = Encoding.ASCII.GetString(message.Payload.Span[..Math.Min(message.Payload.Length, 60)]).Split(' ', 4);
        if (words.Length == 4 && _newest.TryGetValue(words[0], out var newest) && message.Topic.StartsWith($"devices/{words[0]}/", StringComparison.Ordinal)
            && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && words[2] != "measurement")
        {
            _ledger.Arrived(words[0], number, newest());
        }
    }

    private IEnumerable<DtlsSettings> NewStrangers(GatewayTrust trust)
    {
        var now = DateTimeOffset.UtcNow;
        var other = CertificateAuthority.CreateRoot("Another CA", now);
        var good = new CertificateOptions { CommonName = "stranger" };
        return Enumerable.Range(0, Strangers).Select(number => Of((number % 3) switch
        {
            0 => other.Issue(good),
            1 => _pki.Ca.Issue(good with { NotBefore = now.AddDays(-2), NotAfter = now.AddDays(-1) }),
            _ => _pki.Ca.Issue(good with { KeyUsage = X509KeyUsageFlags.KeyAgreement }),
        }, trust));
    }

    private static DtlsSettings Of(IssuedCertificate certificate, GatewayTrust trust) => new()
    {
        Credentials = DtlsCredentials.FromEcdsa([certificate.Der], certificate.OpenEcdsa()),
        Verifier = trust.CreateVerifier(),
        HandshakeTimeout = TimeSpan.FromSeconds(30),
    };

    private void Tell(string what) => _settings.Tell($"{_clock.Elapsed:hh\\:mm\\:ss}  {what}");

    private static int FreePort(SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
