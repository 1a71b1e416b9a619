namespace CoapBridge.Storage;

/// <summary>SQLite could not do what it was asked: the disk is full, the file is damaged, or it may not be written.</summary>
/// <param name="message">What SQLite says.</param>
/// <param name="code">Its primary result code.</param>
internal sealed class SqliteException(string message, int code) : Exception(message)
{
    public int Code { get; } = code;
}
