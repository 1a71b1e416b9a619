using System.ComponentModel;
using System.Runtime.InteropServices;

namespace CoapBridge.Tools.Fleet;

/// <summary>Waits for any of thousands of sockets, each known by a number (Linux, epoll).</summary>
internal sealed class Epoll : IDisposable
{
    private const int Batch = 256;
    private const int Add = 1;
    private const int CloseOnExec = 0x80000;
    private const uint Readable = 1;

    // struct epoll_event is packed on x86-64 only.
    private static readonly int _size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly byte[] _events = new byte[Batch * _size];
    private readonly int _descriptor = Create(CloseOnExec);

    /// <exception cref="PlatformNotSupportedException">Not Linux.</exception>
    public static Epoll Open() => OperatingSystem.IsLinux() ? new() : throw new PlatformNotSupportedException("a fleet needs Linux (epoll)");

    /// <summary>From now on its readability is told under this number; closing the socket ends that.</summary>
    public void Register(nint socket, int number)
    {
        var one = new byte[_size];
        BitConverter.TryWriteBytes(one, Readable);
        BitConverter.TryWriteBytes(one.AsSpan(_size - 8), (long)number);
        if (Control(_descriptor, Add, (int)socket, one) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>How many of <see cref="Number"/> are readable; none when the time is over.</summary>
    /// <param name="milliseconds">0 looks only; -1 waits for ever.</param>
    public int Wait(int milliseconds) => Math.Max(0, Wait(_descriptor, _events, Batch, milliseconds));

    /// <summary>One of the last <see cref="Wait(int)"/>.</summary>
    public int Number(int index) => (int)BitConverter.ToInt64(_events, ((index + 1) * _size) - 8);

    public void Dispose() => _ = Close(_descriptor);

#pragma warning disable SYSLIB1054 // no unsafe code here, which the generated kind would need
    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Create(int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int epoll, int operation, int descriptor, [In] byte[] what);

    [DllImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Wait(int epoll, [Out] byte[] events, int capacity, int milliseconds);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
#pragma warning restore SYSLIB1054
}
