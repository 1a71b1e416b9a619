using CoapBridge.Network.Linux;

namespace CoapBridge.Network;

/// <summary>Lowers a thread's own priority where the system lets it.</summary>
internal static class ThreadPriorities
{
    private const int LowerNice = 10;

    /// <summary>
    /// On Linux the nice value belongs to the thread, and "who = 0" is the calling thread; .NET's own priority does
    /// nothing there. Best effort: without it everything still works.
    /// </summary>
    public static void LowerCurrent()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = LibC.SetPriority(LibC.PRIO_PROCESS, 0, LowerNice);
        }
        else
        {
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        }
    }

    /// <summary>The calling thread's nice value (Linux).</summary>
    public static int CurrentNice() => LibC.GetPriority(LibC.PRIO_PROCESS, 0);
}
