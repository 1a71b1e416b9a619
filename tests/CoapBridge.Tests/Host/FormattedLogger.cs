using CoapBridge.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace CoapBridge.Tests.Host;

/// <summary>Takes what the worker's log would write.</summary>
internal sealed class FormattedLogger(LineFormatter formatter) : ILogger
{
    public StringWriter Text { get; } = new() { NewLine = "\n" };

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter1) =>
        Text.Write(formatter.Format(new LogEntry<TState>(logLevel, "CoapBridge.Host", eventId, state, exception, formatter1)));
}
