using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CoapBridge.Proof;

/// <summary>A program that the proof started: its lines, its signals, its end. Disposing it ends it, by its process id.</summary>
internal sealed class Child : IAsyncDisposable
{
    public const int SigKill = 9;
    public const int SigTerm = 15;

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly Lock _gate = new();
    private readonly StreamWriter? _copy;

    private Child(Process process, string? copy)
    {
        _process = process;
        _copy = copy is null ? null : new StreamWriter(copy, append: true) { AutoFlush = true };
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public StreamWriter Input => _process.StandardInput;

    /// <param name="command">The program and its arguments.</param>
    /// <param name="copy">A file that gets its lines, behind what is in it.</param>
    /// <param name="change">What is to be different in its environment.</param>
    public static Child Start(IReadOnlyList<string> command, string? copy = null, Action<IDictionary<string, string?>>? change = null)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("COAPBRIDGE_", StringComparison.Ordinal) || name is "NOTIFY_SOCKET" or "STATE_DIRECTORY").ToList())
        {
            start.Environment.Remove(name);
        }

        change?.Invoke(start.Environment);
        var child = new Child(Process.Start(start)!, copy);
        child._process.OutputDataReceived += (_, line) => child.Take(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.Take(line.Data);
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Where a program is; null: it is not installed.</summary>
    public static string? Find(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/usr/local/sbin".Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>A program of ours, beside this one.</summary>
    public static string[] Ours(string library, params string[] arguments) =>
        [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, library), .. arguments];

    /// <summary>Everything that it said so far.</summary>
    public List<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <exception cref="ProofException">It did not come in time, or the program ended.</exception>
    public async Task WaitForLineAsync(string text, TimeSpan limit)
    {
        for (var clock = Stopwatch.StartNew(); !Lines.Exists(line => line.Contains(text, StringComparison.Ordinal)); await Task.Delay(20))
        {
            if (clock.Elapsed > limit || (HasExited && clock.Elapsed > TimeSpan.FromSeconds(1)))
            {
                throw new ProofException($"{_process.StartInfo.FileName} did not say \"{text}\" within {limit.TotalSeconds} s:\n{string.Join('\n', Lines.TakeLast(20))}");
            }
        }
    }

    public void Signal(int signal)
    {
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, signal);
        }
    }

    /// <summary>Waits for its end; null when it did not come in time.</summary>
    public async Task<int?> WaitForExitAsync(TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        lock (_gate)
        {
            _copy?.Dispose();
        }
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            lock (_gate)
            {
                _lines.Add(line);
                _copy?.WriteLine(line);
            }
        }
    }

#pragma warning disable SYSLIB1054 // no unsafe code here, which the generated kind would need
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
#pragma warning restore SYSLIB1054
}
