using System.Diagnostics;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>A program of the system as a child; it ends with this object.</summary>
internal sealed class ForeignProcess : IDisposable
{
    private readonly Process _process;

    private ForeignProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Null when it is not installed.</summary>
    public static ForeignProcess? Start(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        if (Find(program) is not { } path)
        {
            return null;
        }

        var start = new ProcessStartInfo(path, arguments);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Start(start);
    }

    /// <summary>A program with an environment of its own.</summary>
    public static ForeignProcess Start(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ForeignProcess(process);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/usr/bin")
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
