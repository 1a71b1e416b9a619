using SQLitePCL;

namespace CoapBridge.Storage;

/// <summary>A connection to a database file of SQLite, for one thread.</summary>
internal sealed class SqliteDatabase : IDisposable
{
    /// <summary>How long another connection's writing is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly sqlite3 _handle;

    static SqliteDatabase() => raw.SetProvider(new SQLite3Provider_e_sqlite3());

    private SqliteDatabase(string path, sqlite3 handle)
    {
        Path = path;
        _handle = handle;
    }

    public string Path { get; }

    /// <summary>Opens the file, or makes it unless it is only read.</summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteDatabase Open(string path, bool readOnly = false)
    {
        var flags = readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE;
        var result = raw.sqlite3_open_v2(path, out var handle, flags, null);
        var database = new SqliteDatabase(path, handle);
        try
        {
            database.Require(result);
            database.Require(raw.sqlite3_busy_timeout(handle, (int)Patience.TotalMilliseconds));
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>One statement, to be run as often as one likes.</summary>
    /// <exception cref="SqliteException">It is wrong, or the file cannot be read.</exception>
    public SqliteStatement Prepare(string text)
    {
        Require(raw.sqlite3_prepare_v2(_handle, text, out var statement));
        return new SqliteStatement(this, statement);
    }

    /// <summary>Any number of statements without parameters.</summary>
    /// <exception cref="SqliteException">One failed; those before it are done.</exception>
    public void Execute(string text) => Require(raw.sqlite3_exec(_handle, text));

    /// <summary>The number that a statement answers with; null when it answers with nothing.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public long? Number(string text)
    {
        using var statement = Prepare(text);
        return statement.Number();
    }

    /// <summary>All that is done in it or, with an exception, none; what is done is on disk when this returns.</summary>
    /// <exception cref="SqliteException">It failed.</exception>
    public void InTransaction(Action action)
    {
        Execute("BEGIN IMMEDIATE");
        try
        {
            action();
            Execute("COMMIT");
        }
        finally
        {
            // Some failures have ended it already.
            if (raw.sqlite3_get_autocommit(_handle) == 0)
            {
                _ = raw.sqlite3_exec(_handle, "ROLLBACK");
            }
        }
    }

    public void Dispose() => _handle.Dispose();

    /// <exception cref="SqliteException">The result of a call is not that it went well.</exception>
    internal void Require(int result)
    {
        if (result != raw.SQLITE_OK)
        {
            throw new SqliteException($"{raw.sqlite3_errmsg(_handle).utf8_to_string()} (SQLite {result & 0xff})", result & 0xff);
        }
    }
}
