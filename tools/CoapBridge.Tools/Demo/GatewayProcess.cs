using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace CoapBridge.Tools.Demo;

/// <summary>A gateway as a child process: the built <c>coapbridge</c> next to the tools, its log, and its orderly end.</summary>
public sealed class GatewayProcess : IAsyncDisposable
{
    private const int KeptLines = 1024;

    /// <summary>SIGTERM drains within 10 s.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(12);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(KeptLines) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private GatewayProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Starts <c>coapbridge run --config FILE</c>.</summary>
    /// <exception cref="FileNotFoundException">It was not built.</exception>
    public static GatewayProcess Start(string configuration)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, "coapbridge.dll");
        if (!File.Exists(assembly))
        {
            throw new FileNotFoundException("the gateway is not there; build the solution first", assembly);
        }

        var start = new ProcessStartInfo(DotnetHost(), [assembly, "run", "--config", configuration])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        foreach (var name in start.Environment.Keys.Where(IsForeign).ToList())
        {
            start.Environment.Remove(name);
        }

        UnitEnvironment.AddTo(start.Environment);
        var process = new Process { StartInfo = start };
        var gateway = new GatewayProcess(process);
        process.OutputDataReceived += (_, line) => gateway.Take(line.Data);
        process.ErrorDataReceived += (_, line) => gateway.Take(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return gateway;
    }

    /// <summary>Waits until <c>/readyz</c> says 200.</summary>
    /// <exception cref="InvalidOperationException">It ended instead, or was not ready in time; the message has its log.</exception>
    public async Task WaitUntilReadyAsync(IPEndPoint admin, TimeSpan limit, CancellationToken stopping)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var missing = "it does not listen yet";
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < limit; await Task.Delay(50, stopping))
        {
            if (_process.HasExited)
            {
                await _process.WaitForExitAsync(stopping); // its last lines
                throw new InvalidOperationException($"the gateway ended with exit code {_process.ExitCode}:{Environment.NewLine}{Rest()}");
            }

            try
            {
                using var answer = await http.GetAsync(new Uri($"http://{admin}/readyz"), stopping);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }

                missing = await answer.Content.ReadAsStringAsync(stopping);
            }
            catch (Exception notYet) when (notYet is HttpRequestException || (notYet is TaskCanceledException && !stopping.IsCancellationRequested))
            {
                // Its admin address is bound early; a moment more.
            }
        }

        throw new InvalidOperationException($"the gateway is not ready after {limit.TotalSeconds} s: {missing}{Environment.NewLine}{Rest()}");
    }

    /// <summary>The next line of its log that fits; the ones before it are passed over. Null when none came in time.</summary>
    public async Task<GatewayLogLine?> WaitForLineAsync(Func<GatewayLogLine, bool> fits, TimeSpan limit, CancellationToken stopping)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(limit);
        try
        {
            await foreach (var text in _lines.Reader.ReadAllAsync(patience.Token))
            {
                if (GatewayLogLine.TryParse(text) is { } line && fits(line))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // Time is up.
        }

        return null;
    }

    /// <summary>SIGTERM, and waits for the end; kills it only when it does not end by itself.</summary>
    /// <returns>The exit code; null when it had to be killed.</returns>
    public async Task<int?> StopAsync()
    {
        if (!_process.HasExited)
        {
            Terminate(_process);
        }

        try
        {
            using var patience = new CancellationTokenSource(_patience);
            await _process.WaitForExitAsync(patience.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            _lines.Writer.TryWrite(line);
        }
    }

    private string Rest()
    {
        var lines = new List<string>();
        while (_lines.Reader.TryRead(out var line))
        {
            lines.Add("  " + line);
        }

        return string.Join(Environment.NewLine, lines);
    }

    // Another gateway's settings, and systemd's: none of them are for this child.
    private static bool IsForeign(string variable) =>
        variable.StartsWith("COAPBRIDGE_", StringComparison.OrdinalIgnoreCase)
        || variable is "NOTIFY_SOCKET" or "JOURNAL_STREAM" or "STATE_DIRECTORY" or "WATCHDOG_USEC" or "WATCHDOG_PID";

    /// <summary>The host that runs us; the tools themselves may have been started by their own executable.</summary>
    private static string DotnetHost()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return File.Exists(host) ? host : name;
    }

    private static void Terminate(Process process)
    {
        if (OperatingSystem.IsWindows() || Kill(process.Id, Sigterm) != 0)
        {
            process.Kill();
        }
    }

    private const int Sigterm = 15;

#pragma warning disable SYSLIB1054 // no unsafe code here, which the generated kind would need
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
#pragma warning restore SYSLIB1054
}
