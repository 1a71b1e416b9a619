using System.Text;
using CoapBridge.Network;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Telemetry;

/// <summary>
/// Writes the log's lines from a thread of its own. Its queue is bounded: a line that finds no room is dropped and counted, so that
/// no shard waits for whoever reads the lines.
/// </summary>
internal sealed class LineLog : ILoggerProvider
{
    private const int QueuedLines = 4_096;

    /// <summary>At the end, for whoever reads the lines.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1.5);

    private readonly LineFormatter _formatter;
    private readonly Stream _output;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Inbox<string> _lines;
    private readonly Thread _thread;
    private volatile bool _stopped;
    private int _dropped;

    /// <param name="formatter">Makes the lines.</param>
    /// <param name="output">Gets them in UTF-8; not closed.</param>
    public LineLog(LineFormatter formatter, Stream output)
    {
        _formatter = formatter;
        _output = output;
        _lines = new Inbox<string>(QueuedLines, () => _wake.Set());
        _thread = new Thread(Run) { Name = "log", IsBackground = true };
        _thread.Start();
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    /// <summary>Writes what was logged before.</summary>
    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
        if (_thread.Join(_patience))
        {
            _wake.Dispose();
        }
    }

    private void Add(string line)
    {
        if (!_lines.TryPost(line))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    private void Run()
    {
        for (var isLast = false; !isLast;)
        {
            isLast = _stopped;
            try
            {
                WriteAll();
            }
            catch (IOException)
            {
                // Nobody reads any more.
            }

            if (!isLast)
            {
                _wake.WaitOne();
            }
        }
    }

    private void WriteAll()
    {
        var text = new StringBuilder();
        while (_lines.TryTake(out var line))
        {
            text.Append(line);
        }

        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
        {
            text.Append(_formatter.Prefix(LogLevel.Warning)).Append($"log_lines_dropped count={dropped}\n");
        }

        if (text.Length > 0)
        {
            _output.Write(Encoding.UTF8.GetBytes(text.ToString()));
            _output.Flush();
        }
    }

    private sealed class Category(LineLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Add(log._formatter.Format(new LogEntry<TState>(logLevel, name, eventId, state, exception, formatter)));
    }
}
