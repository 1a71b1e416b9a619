using System.Security.Cryptography;
using System.Text;

namespace CoapBridge.Reload;

/// <summary>
/// Notices that one of some files may have changed: by the system's word for their folders, which misses much on network file
/// systems, so <see cref="Fingerprint"/> is what tells. Looking at folders, not files, follows renames and swapped links.
/// </summary>
internal sealed class WatchedFiles : IDisposable
{
    private readonly Dictionary<string, FileSystemWatcher> _watchers = [];
    private readonly Action _onChange;
    private IReadOnlyList<string> _paths = [];

    /// <param name="onChange">Called from any thread, more often than needed.</param>
    public WatchedFiles(Action onChange) => _onChange = onChange;

    /// <summary>From now on these.</summary>
    public void Watch(IEnumerable<string> paths)
    {
        _paths = [.. paths];
        var folders = _paths.Select(path => Path.GetDirectoryName(path)!).ToHashSet();
        foreach (var gone in _watchers.Keys.Except(folders).ToList())
        {
            _watchers[gone].Dispose();
            _watchers.Remove(gone);
        }

        foreach (var folder in folders.Where(folder => !_watchers.ContainsKey(folder) && Directory.Exists(folder)))
        {
            try
            {
                _watchers[folder] = Begin(folder);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // No more inotify instances, or the folder has just gone: the regular look finds the change.
            }
        }
    }

    /// <summary>Another text when the content of a file is another, or one came, went or cannot be read.</summary>
    public string Fingerprint()
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in _paths)
        {
            digest.AppendData(ContentOf(path));
        }

        return Convert.ToHexStringLower(digest.GetCurrentHash());
    }

    public void Dispose()
    {
        foreach (var watcher in _watchers.Values)
        {
            watcher.Dispose();
        }
    }

    private FileSystemWatcher Begin(string folder)
    {
        var watcher = new FileSystemWatcher(folder);
        watcher.Changed += (_, _) => _onChange();
        watcher.Created += (_, _) => _onChange();
        watcher.Deleted += (_, _) => _onChange();
        watcher.Renamed += (_, _) => _onChange();
        watcher.Error += (_, _) => _onChange();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private static byte[] ContentOf(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return SHA256.HashData(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Encoding.UTF8.GetBytes(exception.GetType().Name);
        }
    }
}
