using System.Diagnostics.CodeAnalysis;

namespace CoapBridge.Proof.Faults;

/// <summary>
/// A file system of a few megabytes of memory, in a mount name space of its own: the gateway is started in it, and it goes away with
/// the last program in it.
/// </summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int PageSize = 4096;

    private readonly Child _holder;

    private SmallDisk(Child holder, string path)
    {
        _holder = holder;
        Path = path;
    }

    /// <summary>Its name to the programs in it.</summary>
    public string Path { get; }

    /// <summary>Put before a command line, this makes it run where the disk is.</summary>
    public string[] Prefix => ["nsenter", "--target", $"{_holder.Id}", "--user", "--preserve-credentials", "--mount", "--"];

    private string Filler => $"/proc/{_holder.Id}/root{Path}/filler";

    /// <summary>Null, with what was said, where nobody may mount.</summary>
    public static async Task<(SmallDisk? Disk, string Problem)> MountAsync(string folder, int megabytes)
    {
        var path = System.IO.Path.Combine(folder, "disk");
        Directory.CreateDirectory(path);
        if (!TryStart(
            ["unshare", "--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size={megabytes}m,mode=700 tmpfs \"$0\" && echo mounted && exec sleep 86400", path],
            out var holder))
        {
            return (null, "unshare is not installed");
        }

        try
        {
            await holder.WaitForLineAsync("mounted", TimeSpan.FromSeconds(10));
            return (new SmallDisk(holder, path), "");
        }
        catch (ProofException refused)
        {
            await holder.DisposeAsync();
            return (null, refused.Message);
        }
    }

    /// <summary>Leaves no room at all.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                filler.Write(new byte[PageSize]);
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    public void Empty() => File.Delete(Filler);

    public ValueTask DisposeAsync() => _holder.DisposeAsync();

    private static bool TryStart(string[] command, [NotNullWhen(true)] out Child? child)
    {
        try
        {
            child = Child.Start(command);
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            child = null;
            return false;
        }
    }
}
