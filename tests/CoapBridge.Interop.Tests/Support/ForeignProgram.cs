using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CoapBridge.Interop.Tests.Harness;

namespace CoapBridge.Interop.Tests.Support;

/// <summary>A foreign program, with what it has said so far.</summary>
internal sealed class ForeignProgram : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private ForeignProgram(string file, string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Hear;
        _process.ErrorDataReceived += Hear;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Starts it, or skips the test when it is not installed.</summary>
    public static ForeignProgram Start(string name, params string[] arguments) => new(InstalledProgram.Find(name), arguments);

    /// <summary>A UDP port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public void Say(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    public void WaitFor(string text)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(20); Thread.Sleep(10))
        {
            if (Said.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"'{text}' was not said within 20 s. What was said:\n{Said}");
    }

    public void WaitForEnd() => Assert.True(_process.WaitForExit(20_000), $"It did not end within 20 s. What was said:\n{Said}");

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Hear(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
        {
            _said.AppendLine(line.Data);
        }
    }
}
