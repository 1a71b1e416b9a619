using CoapBridge.Storage;

namespace CoapBridge.Tests.Host;

/// <summary>What is put into a database is what comes out of it, and what fails says why.</summary>
public sealed class SqliteDatabaseTests : IDisposable
{
    private const int Constraint = 19;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coapbridge-sqlite-");

    private string FilePath => Path.Combine(_folder.FullName, "a.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("name\0value\0")]
    [InlineData("Grüße, 世界 🌡")]
    public void A_text_comes_out_as_it_went_in(string text)
    {
        using var database = Open();
        Assert.Equal(text, Through(database, text, rows => rows.Text(0)));
        var @long = string.Concat(Enumerable.Repeat(text + "x", 1000));
        Assert.Equal(@long, Through(database, @long, rows => rows.Text(0)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    public void Bytes_come_out_as_they_went_in_and_none_are_not_null(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        using var database = Open();
        Assert.Equal(bytes, Through(database, new ReadOnlyMemory<byte>(bytes), rows => rows.IsNull(0) ? null : rows.Blob(0)));
    }

    [Fact]
    public void Numbers_and_nothing_come_out_as_they_went_in()
    {
        using var database = Open();
        Assert.Equal(long.MinValue, Through(database, long.MinValue, rows => rows.Integer(0)));
        Assert.Equal(1, Through(database, true, rows => rows.Integer(0)));
        Assert.True(Through(database, (string?)null, rows => rows.IsNull(0)));
        Assert.True(Through(database, (long?)null, rows => rows.IsNull(0)));
        Assert.True(Through(database, (ReadOnlyMemory<byte>?)null, rows => rows.IsNull(0)));
    }

    [Fact]
    public void A_statement_that_failed_can_be_run_again()
    {
        using var database = Open();
        using var add = database.Prepare("INSERT INTO a VALUES ($value)");
        add.Run(1);
        var failure = Assert.Throws<SqliteException>(() => add.Run(1));
        Assert.Equal((Constraint, "UNIQUE constraint failed: a.value (SQLite 19)"), (failure.Code, failure.Message));
        add.Run(2);
        Assert.Equal(2, database.Number("SELECT COUNT(*) FROM a"));
    }

    [Fact]
    public void Of_a_transaction_that_fails_nothing_is_left_and_the_next_one_begins()
    {
        using var database = Open();
        Assert.Throws<SqliteException>(() => database.InTransaction(() => database.Execute("INSERT INTO a VALUES (1); INSERT INTO a VALUES (1)")));
        Assert.Throws<InvalidOperationException>(() => database.InTransaction(() =>
        {
            database.Execute("INSERT INTO a VALUES (1)");
            throw new InvalidOperationException();
        }));
        Assert.Equal(0, database.Number("SELECT COUNT(*) FROM a"));
        database.InTransaction(() => database.Execute("INSERT INTO a VALUES (1)"));
        using var other = SqliteDatabase.Open(FilePath);
        Assert.Equal(1, other.Number("SELECT value FROM a"));
    }

    [Fact]
    public void A_file_that_is_only_read_is_not_made_and_not_written()
    {
        Assert.Throws<SqliteException>(() => SqliteDatabase.Open(FilePath, readOnly: true));
        Open().Dispose();
        using var database = SqliteDatabase.Open(FilePath, readOnly: true);
        Assert.Equal("attempt to write a readonly database (SQLite 8)", Assert.Throws<SqliteException>(() => database.Execute("INSERT INTO a VALUES (1)")).Message);
    }

    private delegate T Reading<T>(SqliteStatement.Rows rows);

    private static T Through<T>(SqliteDatabase database, SqliteValue value, Reading<T> read)
    {
        database.Execute("DELETE FROM a");
        using var add = database.Prepare("INSERT INTO a VALUES ($value)");
        add.Run(value);
        using var select = database.Prepare("SELECT value FROM a");
        using var rows = select.Query();
        Assert.True(rows.Read());
        var result = read(rows);
        Assert.False(rows.Read());
        return result;
    }

    private SqliteDatabase Open()
    {
        var database = SqliteDatabase.Open(FilePath);
        database.Execute("CREATE TABLE a (value UNIQUE)");
        return database;
    }
}
