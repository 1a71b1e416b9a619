using System.Runtime.InteropServices;
using CoapBridge.Admin;
using CoapBridge.Control;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Reload;
using CoapBridge.Status;
using CoapBridge.Systemd;
using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;

namespace CoapBridge;

/// <summary>The running gateway: starts what lives as long as the process, waits for a signal, and ends it in order.</summary>
internal sealed class Worker : IAsyncDisposable
{
    /// <summary>SIGTERM to exit is 10 s: 6 for the devices, 2 for the broker, the rest for the process.</summary>
    private static readonly TimeSpan _deviceDrain = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan _brokerDrain = TimeSpan.FromSeconds(2);

    private readonly Startup _startup;
    private readonly ILogger _log;
    private readonly GatewayMetrics _metrics;
    private readonly MetricReader _metricReader;
    private readonly Readiness _readiness;
    private readonly AdminDoor _admin;
    private readonly GatewayAssembly _gateway;
    private readonly SystemdNotify _systemd = new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));
    private readonly Reloader _reloader;
    private readonly CertificateWatch _certificateWatch;
    private readonly CancellationTokenSource _stop = new();
    private readonly IDisposable? _otlp;
    private ControlDoor? _control;

    private Worker(
        Startup startup, ILogger log, GatewayMetrics metrics, MetricReader metricReader, Readiness readiness, AdminDoor admin, GatewayAssembly gateway)
    {
        _startup = startup;
        _log = log;
        _metrics = metrics;
        _metricReader = metricReader;
        _readiness = readiness;
        _admin = admin;
        _gateway = gateway;
        _otlp = startup.Options.Otlp.Endpoint is null ? null
            : OtlpExport.Start(startup.Options.Otlp, metrics.Meter.Name, startup.Options.Upstream.ClientId, StatusBoard.Version, log);
        metrics.ShowZeros();
        _reloader = new Reloader(startup.Files, startup.ReadOptions, Use, readiness, metrics, _systemd, log, TimeProvider.System);
        _certificateWatch = new CertificateWatch(() => _reloader.InForce, gateway.BrokerCertificate, readiness, metrics, log);
    }

    /// <summary>Opens the admin address; null, with the reason in <paramref name="errors"/>, when it cannot be bound.</summary>
    public static async Task<Worker?> StartAsync(
        Startup startup, ILoggerFactory logs, RecentProblems problems, ICollection<OptionsError> errors)
    {
        var metrics = new GatewayMetrics();
        DoorMetrics.Observe(metrics, startup.Doors);
        var reader = new MetricReader(metrics.Meter);
        var pulses = new LoopPulses(startup.Doors.Count);
        var readiness = new Readiness();
        var listen = startup.Options.Admin.Listen;
        try
        {
            var admin = await AdminDoor.OpenAsync(listen, pulses, readiness, reader).ConfigureAwait(false);
            var gateway = GatewayAssembly.Create(startup, logs, metrics, readiness, pulses);
            var worker = new Worker(startup, logs.CreateLogger("CoapBridge.Host"), metrics, reader, readiness, admin, gateway);
            HostMetrics.Observe(metrics, readiness, startup.Options.Listen.MaxConnections);
            admin.Show(new StatusBoard(gateway, worker._reloader, readiness, problems, TimeProvider.System));
            return worker;
        }
        catch (IOException exception)
        {
            errors.Add(new OptionsError("Admin:Listen", $"cannot be bound ({exception.Message}); choose another address or port", listen.ToString()));
            reader.Dispose();
            metrics.Dispose();
            return null;
        }
    }

    public async Task<ExitCode> RunAsync()
    {
        Log.Starting(_log, StatusBoard.Version, _startup.Options.File, _startup.Doors.Count);
        var stop = new TaskCompletionSource<PosixSignal>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true; // unhandled it would end the process
            _reloader.Ask();
        });
        var guards = StartEverything();

        var ended = await Task.WhenAny(stop.Task, _gateway.Broken).ConfigureAwait(false);
        _systemd.Stopping();
        Log.Stopping(_log, ended == stop.Task ? (await stop.Task.ConfigureAwait(false)).ToString() : "fault");
        await _stop.CancelAsync().ConfigureAwait(false);
        await guards.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Log.Stopped(_log, await _gateway.DrainAsync(_deviceDrain, _brokerDrain, save: ended == stop.Task).ConfigureAwait(false));
        return ended == stop.Task ? ExitCode.Stopped : ExitCode.Failed;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true; // the worker ends by itself, after draining
            stop.TrySetResult(context.Signal);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_control is not null)
        {
            await _control.DisposeAsync().ConfigureAwait(false);
        }

        await _admin.DisposeAsync().ConfigureAwait(false);
        await _gateway.DisposeAsync().ConfigureAwait(false);
        _otlp?.Dispose();
        _metricReader.Dispose();
        _metrics.Dispose();
        _systemd.Dispose();
        _reloader.Dispose();
        _stop.Dispose();
    }

    /// <summary>Starts the loops and what watches them; READY does not wait for the broker.</summary>
    private Task StartEverything()
    {
        _gateway.Start();
        _readiness.Set(Readiness.Need.Sockets, true);
        _control = ControlDoor.Open(_startup.Options.State.Directory, _gateway.TryPost, _log);
        foreach (var endpoint in _startup.Doors[0].LocalEndPoints)
        {
            Log.Listening(_log, endpoint.ToString());
        }

        Log.AdminListening(_log, _admin.Address.ToString());
        if (_startup.KeyLog is not null)
        {
            Log.Advice(
                _log, $"THE SECRETS OF ALL CONNECTIONS ARE WRITTEN TO {_startup.Options.Listen.KeyLog}: whoever reads that file reads the devices' traffic",
                "remove Listen:KeyLog as soon as the analysis is done, and delete the file");
        }

        _systemd.Ready("serving devices");
        var clock = new ClockGuard(() => _reloader.InForce.Credentials.Validity, _readiness, _gateway.SetClock, _log);
        var watchdog = Watchdog.Interval(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"));
        return Task.WhenAll(
            clock.RunAsync(TimeProvider.System, _stop.Token),
            _reloader.RunAsync(_stop.Token),
            _certificateWatch.RunAsync(TimeProvider.System, _stop.Token),
            watchdog is { } interval ? Watchdog.RunAsync(_systemd, _gateway.Pulses, interval, TimeProvider.System, _stop.Token) : Task.CompletedTask);
    }

    private int Use(LoadedFiles files)
    {
        var generation = _gateway.Use(files);
        _certificateWatch.Look(files, DateTimeOffset.UtcNow);
        return generation;
    }
}
