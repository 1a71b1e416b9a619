using System.Text;
using SQLitePCL;

namespace CoapBridge.Storage;

/// <summary>A prepared statement, for as often as one likes. Its parameters are numbered in the order in which they are first named in it.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt statement) : IDisposable
{
    /// <summary>To its end, without looking at rows.</summary>
    /// <param name="values">Of all its parameters.</param>
    /// <exception cref="SqliteException">It failed.</exception>
    public void Run(params ReadOnlySpan<SqliteValue> values)
    {
        using var rows = Query(values);
        while (rows.Read())
        {
        }
    }

    /// <summary>The number in the first column of the first row; null when there is no row.</summary>
    /// <param name="values">Of all its parameters.</param>
    /// <exception cref="SqliteException">It failed.</exception>
    public long? Number(params ReadOnlySpan<SqliteValue> values)
    {
        using var rows = Query(values);
        return rows.Read() ? rows.Integer(0) : null;
    }

    /// <summary>Its rows; until they are disposed of it cannot be run again.</summary>
    /// <param name="values">Of all its parameters.</param>
    /// <exception cref="SqliteException">It failed.</exception>
    public Rows Query(params ReadOnlySpan<SqliteValue> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            database.Require(values[index].Bind(statement, index + 1));
        }

        return new Rows(database, statement);
    }

    public void Dispose() => statement.Dispose();

    /// <summary>Row after row. Columns are numbered from 0.</summary>
    internal readonly ref struct Rows(SqliteDatabase database, sqlite3_stmt statement) : IDisposable
    {
        /// <summary>The next row; false when there is none.</summary>
        /// <exception cref="SqliteException">It failed.</exception>
        public bool Read()
        {
            var result = raw.sqlite3_step(statement);
            if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            {
                database.Require(result);
            }

            return result == raw.SQLITE_ROW;
        }

        public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

        /// <summary>0 for NULL.</summary>
        public long Integer(int column) => raw.sqlite3_column_int64(statement, column);

        /// <summary>Empty for NULL.</summary>
        public byte[] Blob(int column) => raw.sqlite3_column_blob(statement, column).ToArray();

        /// <summary>Empty for NULL. Its bytes, with their number, since there may be zeros in it.</summary>
        public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, column));

        // What a failed step says again here was an exception there.
        public void Dispose()
        {
            _ = raw.sqlite3_reset(statement);
            _ = raw.sqlite3_clear_bindings(statement);
        }
    }
}
