using CoapBridge.Options;

namespace CoapBridge.Telemetry;

/// <summary>
/// The secrets of connections in the form of SSLKEYLOGFILE, for a protocol analyser. Whoever has the file can read the
/// devices' traffic, so it exists only while the configuration names it, and only its owner may read it.
/// </summary>
internal sealed class KeyLogFile : IDisposable
{
    private readonly TextWriter _lines;

    private KeyLogFile(FileStream file) => _lines = TextWriter.Synchronized(new StreamWriter(file) { AutoFlush = true });

    /// <summary>Null when none is configured, or, with the reason in <paramref name="errors"/>, when it cannot be written.</summary>
    public static KeyLogFile? Open(string? path, ICollection<OptionsError> errors)
    {
        if (path is null)
        {
            return null;
        }

        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return new KeyLogFile(new FileStream(path, options));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add(new OptionsError("Listen:KeyLog", $"cannot be written ({exception.Message}); choose another file, or leave the key out", path));
            return null;
        }
    }

    /// <summary>From any shard's thread.</summary>
    public void Append(string line) => _lines.WriteLine(line);

    public void Dispose() => _lines.Dispose();
}
