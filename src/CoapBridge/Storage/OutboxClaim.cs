using CoapBridge.State;

namespace CoapBridge.Storage;

/// <summary>
/// This process's claim on <c>Outbox:File</c>, for its threads: two gateways on one file would each send what the other has
/// stored. It is a lock of the kernel on a file beside it, which ends with the process, so that a crash leaves nothing to be
/// cleared away. The first thread that opens the database looks through it.
/// </summary>
internal sealed class OutboxClaim(string path) : IDisposable
{
    // What the platform's sharing violation carries: EAGAIN, or ERROR_SHARING_VIOLATION.
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private FileStream? _lock;
    private bool _isSound;
    private int _busy;

    /// <summary>Takes the claim, if the disk lets it be; otherwise <see cref="Open"/> does.</summary>
    /// <returns>What is wrong and what would be right when another process has it; else null.</returns>
    public string? Take()
    {
        try
        {
            Hold();
        }
        catch (IOException exception) when (exception.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharingViolation)
        {
            return "is in use by another gateway; stop that one, or give each its own Outbox:File or State:Directory";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk is full or must not be written, which is told when something is to be stored.
        }

        return null;
    }

    /// <summary>A connection for the calling thread. A damaged file is set aside, never deleted.</summary>
    /// <exception cref="SqliteException">It cannot be opened or written.</exception>
    /// <exception cref="IOException">Nor its folder; or another process has it, or another thread is looking through it.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public OutboxFile Open()
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            throw new IOException("it is being looked through");
        }

        try
        {
            if (Take() is { } problem)
            {
                throw new IOException(problem);
            }

            Hold();
            var file = _isSound ? OutboxFile.Join(path) : OutboxFile.Open(path);
            _isSound = true;
            return file;
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    public void Dispose() => _lock?.Dispose();

    private void Hold()
    {
        if (_lock is not null)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        PrivateFile.Make(path + ".lock");
        _lock = new FileStream(path + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
    }
}
