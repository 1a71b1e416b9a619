using CoapBridge.State;

namespace CoapBridge.Storage;

/// <summary>
/// A connection to the one database of <c>State:Directory</c>, for one thread: what is committed here outlives a power cut (WAL,
/// synchronous FULL).
/// </summary>
internal sealed class OutboxFile : IDisposable
{
    /// <summary>What is wrong when <see cref="HasRoomFor"/> says no.</summary>
    public const string NoRoom = "the disk is nearly full, and what is left is for taking messages out again";

    private const int NotADatabase = 26;
    private const int Corrupt = 11;
    private const int PageSize = 4096;

    /// <summary>For removals.</summary>
    private const int Reserve = 256 * 1024;

    private OutboxFile(SqliteDatabase database, string? setAside)
    {
        Database = database;
        SetAside = setAside;
    }

    public SqliteDatabase Database { get; }

    /// <summary>Where a damaged file of before was moved; null when there was none.</summary>
    public string? SetAside { get; }

    /// <summary>Opens the file, or makes it; one that is damaged is set aside, never deleted.</summary>
    /// <exception cref="SqliteException">It cannot be opened or written.</exception>
    /// <exception cref="IOException">Its folder cannot be made, or a damaged file cannot be moved.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static OutboxFile Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new OutboxFile(Connect(path), null);
        }
        catch (SqliteException exception) when (exception.Code is NotADatabase or Corrupt)
        {
            var aside = $"{path}.damaged-{DateTimeOffset.UtcNow:yyyyMMddHHmmss}";
            File.Move(path, aside);
            File.Delete(path + "-wal");
            File.Delete(path + "-shm");
            return new OutboxFile(Connect(path), aside);
        }
    }

    /// <summary>Another connection to the file, for another thread; <see cref="Open"/> has looked through it before.</summary>
    /// <exception cref="SqliteException">It cannot be opened or written.</exception>
    /// <exception cref="IOException">Its folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static OutboxFile Join(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new OutboxFile(Connect(path, checks: false), null);
    }

    /// <summary>
    /// Whether so much may be written and the disk still has room for what must be possible then: carrying the log over into the file,
    /// and removing what is stored. Without that a full outbox could not be emptied. Where there is little room the log is carried over.
    /// </summary>
    /// <param name="rows">How many are added or removed.</param>
    /// <param name="bytes">What is in those that are added.</param>
    public bool HasRoomFor(int rows, long bytes)
    {
        var written = (2 * bytes) + (2L * rows * PageSize);
        if (IsRoomFor(written))
        {
            return true;
        }

        try
        {
            Database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            return IsRoomFor(written);
        }
        catch (SqliteException)
        {
            return false; // there is no room even for that
        }
    }

    public void Dispose() => Database.Dispose();

    /// <summary>It is written to the log first; then the file grows by it and by what is in the log only, but for its free pages.</summary>
    private bool IsRoomFor(long written)
    {
        var inLog = (Database.Number("PRAGMA page_count").GetValueOrDefault() * PageSize) - new FileInfo(Database.Path).Length;
        var growth = written - (Database.Number("PRAGMA freelist_count").GetValueOrDefault() * PageSize);
        return FreeBytes >= written + Math.Max(inLog, 0) + Math.Max(growth, 0) + Reserve;
    }

    private long FreeBytes
    {
        get
        {
            try
            {
                return new DriveInfo(Path.GetDirectoryName(Database.Path)!).AvailableFreeSpace;
            }
            catch (Exception exception) when (exception is IOException or ArgumentException or UnauthorizedAccessException)
            {
                return long.MaxValue; // nobody knows; the write itself will tell
            }
        }
    }

    private static SqliteDatabase Connect(string path, bool checks = true)
    {
        PrivateFile.Make(path); // SQLite gives its log and its shared memory the mode and the owner of this
        var database = SqliteDatabase.Open(path);
        try
        {
            database.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
            if (checks)
            {
                using var check = database.Prepare("PRAGMA quick_check");
                using var rows = check.Query();
                if (!rows.Read() || rows.Text(0) != "ok")
                {
                    throw new SqliteException("quick_check found damage", Corrupt);
                }
            }

            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
