using System.Globalization;
using System.Net;
using CoapBridge.Benchmarks.Support;

namespace CoapBridge.Benchmarks.Loopback;

/// <summary>A server in a process of its own, and the processor time that it has used.</summary>
internal abstract class ServerUnderTest(string name) : IAsyncDisposable
{
    private const double MicrosecondsPerTick = 10_000;

    public string Name => name;

    public required IPEndPoint EndPoint { get; init; }

    public required int ProcessId { get; init; }

    public required PinnedVerifier Verifier { get; init; }

    /// <summary>User and system time of all its threads, in steps of 10 ms (proc(5): fields 14 and 15 of stat).</summary>
    public double ProcessorMicroseconds
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{ProcessId}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) * MicrosecondsPerTick;
        }
    }

    public abstract ValueTask DisposeAsync();
}
