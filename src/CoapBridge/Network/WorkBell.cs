using CoapBridge.Network.Linux;

namespace CoapBridge.Network;

/// <summary>
/// Counts rings, and wakes one waiter for each. On Linux it is the kernel's own: a semaphore of the platform has a lock, and a
/// thread of low priority that is set aside while it holds that would keep a shard waiting as long.
/// </summary>
internal sealed class WorkBell : IDisposable
{
    private readonly SemaphoreSlim? _portable;
    private readonly int _descriptor;

    public WorkBell()
    {
        _descriptor = OperatingSystem.IsLinux() ? LibC.EventFd(0, LibC.EFD_SEMAPHORE | LibC.EFD_CLOEXEC) : -1;
        _portable = _descriptor < 0 ? new SemaphoreSlim(0) : null;
    }

    public unsafe void Ring()
    {
        if (_portable is not null)
        {
            _portable.Release();
            return;
        }

        ulong one = 1;
        _ = LibC.Write(_descriptor, &one, sizeof(ulong));
    }

    /// <summary>Returns when it has rung more often than anybody came back from here; now and then without that.</summary>
    public unsafe void Wait()
    {
        if (_portable is not null)
        {
            _portable.Wait();
            return;
        }

        ulong count;
        _ = LibC.Read(_descriptor, &count, sizeof(ulong));
    }

    /// <summary>Nobody waits and nobody rings any more.</summary>
    public void Dispose()
    {
        _portable?.Dispose();
        if (_descriptor >= 0)
        {
            _ = LibC.Close(_descriptor);
        }
    }
}
