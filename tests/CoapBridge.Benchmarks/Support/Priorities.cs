using System.Runtime.InteropServices;

namespace CoapBridge.Benchmarks.Support;

/// <summary>The load generator steps back: the server under test gets the processor first.</summary>
internal static partial class Priorities
{
    private const int Process = 0;

    /// <summary>This thread at nice 19 (on Linux, priorities are a thread's).</summary>
    public static void LowerCurrentThread()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetPriority(Process, 0, 19);
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
