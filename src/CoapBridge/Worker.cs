using System.Reflection;
using System.Runtime.InteropServices;
using CoapBridge.Admin;
using CoapBridge.Network;
using CoapBridge.Options;
using CoapBridge.Systemd;
using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;

namespace CoapBridge;

/// <summary>The running gateway: owns what lives as long as the process, from the admin address to the signals.</summary>
internal sealed class Worker : IAsyncDisposable
{
    private readonly Startup _startup;
    private readonly ILogger _log;
    private readonly GatewayMetrics _metrics;
    private readonly MetricReader _metricReader;
    private readonly AdminDoor _admin;
    private readonly LoopPulses _pulses;
    private readonly SystemdNotify _systemd = new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

    private Worker(Startup startup, ILogger log, GatewayMetrics metrics, MetricReader metricReader, AdminDoor admin, LoopPulses pulses)
    {
        _startup = startup;
        _log = log;
        _metrics = metrics;
        _metricReader = metricReader;
        _admin = admin;
        _pulses = pulses;
    }

    /// <summary>Opens the admin address; null, with the reason in <paramref name="errors"/>, when it cannot be bound.</summary>
    public static async Task<Worker?> StartAsync(Startup startup, ILoggerFactory logs, ICollection<OptionsError> errors)
    {
        var metrics = new GatewayMetrics();
        DoorMetrics.Observe(metrics, startup.Doors);
        var reader = new MetricReader(metrics.Meter);
        var pulses = new LoopPulses(startup.Doors.Count);
        var listen = startup.Options.Admin.Listen;
        try
        {
            var admin = await AdminDoor.OpenAsync(listen, pulses, new Readiness(), reader).ConfigureAwait(false);
            return new Worker(startup, logs.CreateLogger("CoapBridge.Host"), metrics, reader, admin, pulses);
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
        Log.Starting(_log, Version, _startup.Options.File, _startup.Doors.Count);
        var stop = new TaskCompletionSource<PosixSignal>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true; // unhandled it would end the process
            Log.Advice(_log, "reload is not yet available", "restart to use a changed configuration");
        });
        foreach (var endpoint in _startup.Doors[0].LocalEndPoints)
        {
            Log.Listening(_log, endpoint.ToString());
        }

        Log.AdminListening(_log, _admin.Address.ToString());
        var signal = await stop.Task.ConfigureAwait(false);
        _systemd.Stopping();
        Log.Stopping(_log, signal.ToString());
        return ExitCode.Stopped;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true; // the worker ends by itself, after draining
            stop.TrySetResult(context.Signal);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _admin.DisposeAsync().ConfigureAwait(false);
        _metricReader.Dispose();
        _metrics.Dispose();
        _systemd.Dispose();
    }

    private static string Version => typeof(Worker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
