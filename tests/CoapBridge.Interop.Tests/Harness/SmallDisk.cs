namespace CoapBridge.Interop.Tests.Harness;

/// <summary>
/// A small file system in a mount name space of its own, for programs that are started in it. It goes away with the last of
/// them, whatever happens to the test.
/// </summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int PageSize = 4096;

    private readonly ChildProcess _holder;
    private readonly string _nsenter;

    private SmallDisk(ChildProcess holder, string nsenter, string path)
    {
        _holder = holder;
        _nsenter = nsenter;
        Path = path;
    }

    /// <summary>Its name to the programs in it.</summary>
    public string Path { get; }

    /// <summary>Put before a command line, this makes it run where the disk is.</summary>
    public IReadOnlyList<string> Prefix => [_nsenter, "--target", $"{_holder.Id}", "--user", "--preserve-credentials", "--mount", "--"];

    /// <summary>Skips the test where nobody may mount.</summary>
    public static async Task<SmallDisk> MountAsync(TestPki pki, int kibibytes = 64)
    {
        var unshare = InstalledProgram.Find("unshare");
        var path = pki["disk"];
        Directory.CreateDirectory(path);
        var holder = ChildProcess.Start(
            unshare, ["--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size={kibibytes}k,mode=700 tmpfs \"$0\" && echo mounted && exec sleep 600", path]);
        while (!holder.HasExited && holder.Lines.Count == 0)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        if (!holder.Lines.Contains("mounted"))
        {
            var output = holder.Output;
            await holder.DisposeAsync();
            Assert.Skip($"no disk can be mounted here: {output}");
        }

        return new SmallDisk(holder, InstalledProgram.Find("nsenter"), path);
    }

    /// <summary>A file of it, seen from outside.</summary>
    public string this[string file] => $"/proc/{_holder.Id}/root{Path}/{file}";

    /// <summary>Leaves this many pages of 4 KiB.</summary>
    public void FillUpTo(int pages)
    {
        using (var filler = File.Create(this["filler"], bufferSize: 0))
        {
            try
            {
                while (true)
                {
                    filler.Write(new byte[PageSize]);
                }
            }
            catch (IOException)
            {
                filler.SetLength(filler.Length - (pages * PageSize));
            }
        }
    }

    /// <summary>From now on it can only be read, or be written again.</summary>
    public async Task RemountAsync(bool readOnly)
    {
        await using var mount = ChildProcess.Start(Prefix[0], [.. Prefix.Skip(1), "mount", "-o", readOnly ? "remount,ro" : "remount,rw", Path]);
        Assert.Equal(0, await mount.WaitForExitAsync(TimeSpan.FromSeconds(10)));
    }

    public void Empty() => File.Delete(this["filler"]);

    public ValueTask DisposeAsync() => _holder.DisposeAsync();
}
