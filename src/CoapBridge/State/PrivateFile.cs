using CoapBridge.Network.Linux;

namespace CoapBridge.State;

/// <summary>
/// New files that nobody but the gateway's user may read or write, whatever the umask is. What root makes in another user's folder,
/// by <c>coapbridge outbox retry</c> or a first <c>run</c> by hand, gets that user, so that the service can use it later.
/// </summary>
internal static class PrivateFile
{
    /// <summary>Makes an empty file unless there is one.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void Make(string path)
    {
        if (!File.Exists(path))
        {
            Create(path).Dispose();
        }
    }

    /// <summary>A new file, to be written.</summary>
    /// <exception cref="IOException">There is one, or it cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be made.</exception>
    public static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var stream = new FileStream(path, options);
        if (OperatingSystem.IsLinux() && LibC.GetEUid() == 0)
        {
            GiveToOwnerOf(Path.GetDirectoryName(Path.GetFullPath(path))!, stream);
        }

        return stream;
    }

    /// <summary>By descriptor: the folder's user could put a link where the file was. A root that may not do this uses it as its own.</summary>
    private static void GiveToOwnerOf(string folder, FileStream file)
    {
        if (LibC.StatX(LibC.AT_FDCWD, folder, 0, LibC.STATX_UID | LibC.STATX_GID, out var status) == 0 && status.Owner != 0)
        {
            _ = LibC.FChown((int)file.SafeFileHandle.DangerousGetHandle(), status.Owner, status.Group);
        }
    }
}
