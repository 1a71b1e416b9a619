using System.Security.Cryptography;
using CoapBridge.Network.Linux;
using CoapBridge.Options;

namespace CoapBridge.State;

/// <summary>
/// The files of <c>State:Directory</c>: saved connections, and the key that they are encrypted under. A file is taken once:
/// it is renamed, read and deleted, and its key replaced, before anything that it holds is used.
/// </summary>
internal sealed class StateFolder(string directory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string KeyPath { get; } = Path.Combine(directory, "state.key");

    public string FilePath { get; } = Path.Combine(directory, "connections.bin");

    private string TakenPath => FilePath + ".taken";

    /// <summary>The key must be closed to everybody else; an error with the remedy, or null.</summary>
    public OptionsError? CheckKey()
    {
        try
        {
            return !OperatingSystem.IsWindows() && File.Exists(KeyPath) && (File.GetUnixFileMode(KeyPath) & ~OwnerOnly) != 0
                ? new OptionsError("State:Directory", "holds a state.key that others may use; delete it, or close it with chmod 600", KeyPath)
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new OptionsError("State:Directory", $"holds a state.key that cannot be looked at: {exception.Message}", KeyPath);
        }
    }

    /// <summary>Makes the key if there is none.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void MakeKey()
    {
        MakeDirectory();
        if (!File.Exists(KeyPath))
        {
            ReplaceKey();
        }
    }

    /// <summary>
    /// Takes the file away, for good: null when there is none. Afterwards no copy of it, a restored one included, can be
    /// opened, because its key is gone.
    /// </summary>
    /// <exception cref="IOException">It could not be made sure that nobody takes it again; then it must not be used.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public (byte[] File, byte[]? Key)? Take()
    {
        MakeDirectory();
        File.Delete(TakenPath);
        try
        {
            // Of two processes that start at once only one can rename it.
            File.Move(FilePath, TakenPath);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        var file = File.ReadAllBytes(TakenPath);
        var key = File.Exists(KeyPath) ? File.ReadAllBytes(KeyPath) : null;
        File.Delete(TakenPath);
        Synchronize();
        ReplaceKey();
        return (file, key is { Length: StateEnvelope.KeyLength } ? key : null);
    }

    /// <summary>The key of today.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[] ReadKey() =>
        File.ReadAllBytes(KeyPath) is { Length: StateEnvelope.KeyLength } key ? key : throw new IOException($"{KeyPath} is not a key");

    /// <summary>Writes the file whole and durably, or throws.</summary>
    public void Write(ReadOnlySpan<byte> file) => WriteDurably(FilePath, file);

    /// <summary>Makes sure that there is no file to be taken up; false when that cannot be done.</summary>
    public bool TryDiscard()
    {
        try
        {
            if (!Directory.Exists(directory))
            {
                return true;
            }

            File.Delete(FilePath + ".new");
            File.Delete(TakenPath);
            File.Delete(FilePath);
            Synchronize();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void MakeDirectory()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    private void ReplaceKey()
    {
        var key = RandomNumberGenerator.GetBytes(StateEnvelope.KeyLength);
        WriteDurably(KeyPath, key);
        CryptographicOperations.ZeroMemory(key);
    }

    private void WriteDurably(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var stream = PrivateFile.Create(temporary))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        Synchronize();
    }

    /// <summary>The directory itself, so that renaming and deleting outlive a power cut.</summary>
    private void Synchronize()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var descriptor = LibC.Open(directory, LibC.O_RDONLY | LibC.O_CLOEXEC);
        var done = descriptor >= 0 && LibC.FSync(descriptor) == 0;
        if (descriptor >= 0)
        {
            _ = LibC.Close(descriptor);
        }

        if (!done)
        {
            throw new IOException($"{directory} cannot be written to disk");
        }
    }
}
