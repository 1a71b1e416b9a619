using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CoapBridge.Benchmarks.Support;

/// <summary>
/// The processor time of this thread between <see cref="Start"/> and <see cref="Stop"/>, added up: what other processes
/// take in between does not count. Where there is no such clock, it is wall time.
/// </summary>
internal sealed partial class ServerClock
{
    private const int ThreadCpuTime = 3;

    private long _started;
    private long _startedBytes;

    /// <summary>Microseconds so far.</summary>
    public double Microseconds { get; private set; }

    /// <summary>Bytes allocated by this thread so far.</summary>
    public long Bytes { get; private set; }

    public void Start()
    {
        _startedBytes = GC.GetAllocatedBytesForCurrentThread();
        _started = Nanoseconds();
    }

    public void Stop()
    {
        Microseconds += (Nanoseconds() - _started) / 1e3;
        Bytes += GC.GetAllocatedBytesForCurrentThread() - _startedBytes;
    }

    private static long Nanoseconds()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
        }

        _ = ReadClock(ThreadCpuTime, out var time);
        return (time.Seconds * 1_000_000_000L) + time.Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
