using Microsoft.Data.Sqlite;

namespace CoapBridge.Storage;

/// <summary>
/// A connection to the one database of <c>State:Directory</c>, for one thread: what is committed here outlives a power cut (WAL,
/// synchronous FULL).
/// </summary>
internal sealed class OutboxFile : IDisposable
{
    private const int NotADatabase = 26;
    private const int Corrupt = 11;

    private OutboxFile(SqliteConnection connection, string? setAside)
    {
        Connection = connection;
        SetAside = setAside;
    }

    public SqliteConnection Connection { get; }

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
        catch (SqliteException exception) when (exception.SqliteErrorCode is NotADatabase or Corrupt)
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

    public void Dispose() => Connection.Dispose();

    private static SqliteConnection Connect(string path, bool checks = true)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = FULL");
            Execute(connection, "PRAGMA busy_timeout = 5000"); // the other thread is writing
            if (checks && Execute(connection, "PRAGMA quick_check") is not "ok")
            {
                throw new SqliteException("quick_check found damage", Corrupt);
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static object? Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the texts are the constants above
        command.CommandText = text;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
