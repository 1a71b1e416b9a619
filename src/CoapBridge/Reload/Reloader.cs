using System.Diagnostics;
using CoapBridge.Admin;
using CoapBridge.Identity;
using CoapBridge.Options;
using CoapBridge.Status;
using CoapBridge.Systemd;
using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;

namespace CoapBridge.Reload;

/// <summary>
/// Keeps in force what the files say: on SIGHUP everything, the configuration included; when a file changes, the files of the
/// configuration that is in force. Everything is checked first; what is broken changes nothing and raises an alarm. One task
/// owns it.
/// </summary>
internal sealed class Reloader : IDisposable
{
    /// <summary>How often files are looked at whatever the system says.</summary>
    private static readonly TimeSpan _poll = TimeSpan.FromMinutes(1);

    /// <summary>Files must be as they are for so long: a writer may be in the middle, or have another one to write.</summary>
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(1);

    private readonly Func<ICollection<OptionsError>, BridgeOptions> _readOptions;
    private readonly Func<LoadedFiles, int> _use;
    private readonly Readiness _readiness;
    private readonly GatewayMetrics _metrics;
    private readonly SystemdNotify _systemd;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly WatchedFiles _files;
    private readonly SemaphoreSlim _signal = new(0);
    private volatile bool _isAsked;
    private string _tried;
    private ConfigurationReport _report;

    /// <param name="files">What is in force.</param>
    /// <param name="readOptions">Reads the configuration again.</param>
    /// <param name="use">Puts other files in force; the result is the number of the new generation.</param>
    /// <param name="readiness">For the alarm.</param>
    /// <param name="metrics">Counts.</param>
    /// <param name="systemd">Hears of a reload that was asked for.</param>
    /// <param name="log">Says what came of it.</param>
    /// <param name="time">The time of day.</param>
    public Reloader(
        LoadedFiles files, Func<ICollection<OptionsError>, BridgeOptions> readOptions, Func<LoadedFiles, int> use, Readiness readiness,
        GatewayMetrics metrics, SystemdNotify systemd, ILogger log, TimeProvider time)
    {
        _time = time;
        InForce = files;
        _report = new ConfigurationReport(files.Options.File, 0, null);
        _readOptions = readOptions;
        _use = use;
        _readiness = readiness;
        _metrics = metrics;
        _systemd = systemd;
        _log = log;
        _files = new WatchedFiles(() => _signal.Release());
        _files.Watch(LoadedFiles.PathsOf(files.Options));
        _tried = _files.Fingerprint();
        TellStaleLists();
    }

    public LoadedFiles InForce { get; private set; }

    /// <summary>What is in force and what became of the last attempt to change it; anybody may read it.</summary>
    public ConfigurationReport Report => Volatile.Read(ref _report);

    /// <summary>SIGHUP; from any thread.</summary>
    public void Ask()
    {
        _isAsked = true;
        _signal.Release();
    }

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                if (!_isAsked)
                {
                    await _signal.WaitAsync(_poll, stop).ConfigureAwait(false);
                }

                if (_isAsked)
                {
                    ReloadEverything();
                }
                else
                {
                    await FollowFilesAsync(stop).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops.
        }
    }

    /// <summary>The configuration and all its files. Systemd waits for the end of it.</summary>
    public void ReloadEverything()
    {
        _isAsked = false;
        _systemd.Reloading();
        var errors = new List<OptionsError>();
        var options = _readOptions(errors);
        var later = errors.Count == 0 ? RestartKeys.Changed(InForce.Options, options) : [];
        Load("sighup", RestartKeys.Keep(InForce.Options, options), errors);
        if (later.Count > 0)
        {
            Log.RestartNeeded(_log, string.Join(", ", later));
        }

        _systemd.Ready("serving devices");
    }

    /// <summary>
    /// The files of the configuration that is in force, if they have changed since the last attempt; or if a revocation list has come
    /// to its end, which changes the answer for everybody whose certificate it is about.
    /// </summary>
    public void ReloadFiles()
    {
        if (_files.Fingerprint() != _tried)
        {
            Load("file", InForce.Options, []);
        }
        else if (!InForce.HaveSameListsAt(_time.GetUtcNow()))
        {
            Load("revocation_list_date", InForce.Options, []);
        }
    }

    public void Dispose() => _files.Dispose(); // not the signal: a watcher may still release it

    private async Task FollowFilesAsync(CancellationToken stop)
    {
        await PauseAsync(stop).ConfigureAwait(false);
        var seen = _files.Fingerprint();
        for (var before = ""; seen != _tried && seen != before && !_isAsked; seen = _files.Fingerprint())
        {
            before = seen;
            await PauseAsync(stop).ConfigureAwait(false);
        }

        if (!_isAsked)
        {
            ReloadFiles();
        }
    }

    /// <summary>One look for all changes of a second; who asks by a signal does not wait for it.</summary>
    private async Task PauseAsync(CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        while (!_isAsked && _quiet - Stopwatch.GetElapsedTime(began) is var left && left > TimeSpan.Zero)
        {
            await _signal.WaitAsync(left, stop).ConfigureAwait(false);
        }
    }

    private void Load(string cause, BridgeOptions options, List<OptionsError> errors)
    {
        if (errors.Count == 0)
        {
            _files.Watch(LoadedFiles.PathsOf(options));
        }

        // Before reading: what changes while it is being read is read again.
        _tried = _files.Fingerprint();
        var loaded = LoadedFiles.Load(options, _time.GetUtcNow(), errors);
        if (loaded is null || errors.Count > 0)
        {
            Refuse(cause, errors);
            return;
        }

        InForce = loaded;
        var generation = _use(loaded);
        _readiness.Alarm(Readiness.Area.Reload, null);
        TellStaleLists();
        _metrics.Reloads.Add(1, new KeyValuePair<string, object?>("result", "ok"));
        Log.Reloaded(_log, cause, generation);
        Volatile.Write(ref _report, _report with { Generation = generation, LastReload = new ReloadReport(_time.GetUtcNow(), cause, null) });

        // What was in force is some 0.5 MB, OpenSSL's part of it included, and old: by itself the collector would not look there for hours.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }

    private void TellStaleLists()
    {
        var stale = InForce.StaleListsAt(_time.GetUtcNow())
            .Select(list => $"the revocation list of {list.Issuer} is valid from {list.ThisUpdate:u} to {list.NextUpdate:u}").ToList();
        var effect = InForce.Options.Devices.StaleRevocationList == StaleListUse.Refuse ? "devices of this CA are refused" : "devices are let in all the same";
        foreach (var problem in stale)
        {
            Log.Advice(_log, $"{problem}, which is not now; {effect}", "fetch the CA's newest list to Devices:RevocationLists");
        }

        _readiness.Alarm(Readiness.Area.RevocationList, stale.Count == 0 ? null : $"{string.Join("; ", stale)}, which is not now; {effect}");
    }

    private void Refuse(string cause, List<OptionsError> errors)
    {
        _metrics.Reloads.Add(1, new KeyValuePair<string, object?>("result", "failed"));
        foreach (var error in errors)
        {
            Log.ReloadFailed(_log, cause, error.ToString());
        }

        var problem = string.Join("; ", errors);
        _readiness.Alarm(Readiness.Area.Reload, $"what was loaded before is still in force: {problem}");
        Volatile.Write(ref _report, _report with { LastReload = new ReloadReport(_time.GetUtcNow(), cause, problem) });
    }
}
