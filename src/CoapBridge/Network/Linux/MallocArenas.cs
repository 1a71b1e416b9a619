namespace CoapBridge.Network.Linux;

/// <summary>
/// How many heaps the C library keeps. By default it is eight for each processor, handed to threads in turn, and what OpenSSL and
/// SQLite have let go in one is of no use to another: the process grows for hours without holding more.
/// </summary>
internal static class MallocArenas
{
    private const int Enough = 2;

    /// <summary>Call it before the threads that live long. Other C libraries have no such thing.</summary>
    public static void Limit()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = LibC.MallOpt(LibC.M_ARENA_MAX, Enough);
        }
        catch (EntryPointNotFoundException)
        {
            // musl: one heap.
        }
    }
}
