using System.Text;
using SQLitePCL;

namespace CoapBridge.Storage;

/// <summary>What is put in the place of a parameter: a number, a text, bytes, or NULL.</summary>
internal readonly struct SqliteValue
{
    private const int OnStack = 256;

    private readonly long? _integer;
    private readonly string? _text;
    private readonly ReadOnlyMemory<byte>? _blob;

    private SqliteValue(long? integer) => _integer = integer;

    private SqliteValue(string? text) => _text = text;

    private SqliteValue(ReadOnlyMemory<byte>? blob) => _blob = blob;

    public static implicit operator SqliteValue(long value) => new(value);

    public static implicit operator SqliteValue(long? value) => new(value);

    public static implicit operator SqliteValue(bool value) => new(value ? 1 : 0);

    public static implicit operator SqliteValue(string? value) => new(value);

    public static implicit operator SqliteValue(ReadOnlyMemory<byte> value) => new(value);

    public static implicit operator SqliteValue(ReadOnlyMemory<byte>? value) => new(value);

    /// <summary>SQLite copies it.</summary>
    /// <param name="statement">That has the parameter.</param>
    /// <param name="place">From 1.</param>
    /// <returns>A result code.</returns>
    public int Bind(sqlite3_stmt statement, int place) => this switch
    {
        { _integer: { } integer } => raw.sqlite3_bind_int64(statement, place, integer),
        { _text: { } text } => BindText(statement, place, text),
        { _blob: { Length: > 0 } blob } => raw.sqlite3_bind_blob(statement, place, blob.Span),
        { _blob: not null } => raw.sqlite3_bind_zeroblob(statement, place, 0), // see BindText
        _ => raw.sqlite3_bind_null(statement, place),
    };

    /// <summary>With its length, since there may be zeros in it.</summary>
    private static int BindText(sqlite3_stmt statement, int place, string text)
    {
        if (text.Length == 0)
        {
            return raw.sqlite3_bind_text(statement, place, ""); // a pointer to no bytes would be NULL
        }

        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var bytes = most <= OnStack ? stackalloc byte[OnStack] : new byte[most];
        return raw.sqlite3_bind_text(statement, place, bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }
}
