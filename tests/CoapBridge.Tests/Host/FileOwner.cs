using CoapBridge.Network.Linux;
using Microsoft.Win32.SafeHandles;

namespace CoapBridge.Tests.Host;

/// <summary>Whose a file or folder is, by number; only root can give one away.</summary>
internal static class FileOwner
{
    public const uint Nobody = 65534;

    public static void Give(string path, uint user)
    {
        using var handle = new SafeFileHandle(LibC.Open(path, LibC.O_RDONLY | LibC.O_CLOEXEC), ownsHandle: true);
        Assert.Equal(0, LibC.FChown((int)handle.DangerousGetHandle(), user, user));
    }

    /// <summary>Everybody may look into the folder.</summary>
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public static void Open(string folder) => File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);

    public static uint Of(string path)
    {
        Assert.Equal(0, LibC.StatX(LibC.AT_FDCWD, path, 0, LibC.STATX_UID, out var status));
        return status.Owner;
    }
}
