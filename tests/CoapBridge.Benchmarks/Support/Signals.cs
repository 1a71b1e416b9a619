using System.Runtime.InteropServices;

namespace CoapBridge.Benchmarks.Support;

/// <summary>POSIX signals to a child.</summary>
internal static partial class Signals
{
    public const int Kill = 9;
    public const int Stop = 19;

    public static void Send(int process, int signal) => _ = Deliver(process, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Deliver(int process, int signal);
}
