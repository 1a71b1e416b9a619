using System.Diagnostics;
using CoapBridge.Network.Linux;

namespace CoapBridge.Init;

/// <summary>Writes a configuration that only its owner can read; root's, in a service's folder, also the folder's group.</summary>
internal static class ConfigurationFile
{
    /// <summary>Why no file can be written there; null when it can.</summary>
    public static string? WhyNot(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (Directory.Exists(path) || !Directory.Exists(folder))
        {
            return Directory.Exists(path) ? $"{path} is a folder; --config names the file in it" : $"the folder {folder} does not exist; make it, or choose another with --config";
        }

        var trial = Path.Combine(folder, $".coapbridge-{Environment.ProcessId}");
        try
        {
            File.Create(trial, 1, FileOptions.DeleteOnClose).Dispose();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"user {Environment.UserName} cannot write to {folder}; try again with sudo, or choose another with --config";
        }
    }

    /// <summary>All of it or nothing; a file that was there is kept as <c>.old</c>.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void Write(string path, string text)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var writer = new StreamWriter(temporary, options))
        {
            writer.Write(text);
        }

        if (OperatingSystem.IsLinux() && LibC.GetEUid() == 0)
        {
            ShareWithGroup(temporary, Path.GetDirectoryName(path)!);
        }

        if (File.Exists(path))
        {
            File.Move(path, path + ".old", overwrite: true);
        }

        File.Move(temporary, path);
    }

    /// <summary>The service's user is in the group of its folder, and has to read what root writes there.</summary>
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private static void ShareWithGroup(string file, string folder)
    {
        using var change = Process.Start("chgrp", ["--reference", folder, file]);
        change.WaitForExit();
        if (change.ExitCode == 0)
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        }
    }
}
